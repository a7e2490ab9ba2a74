//! The doors of the codecs: arguments, results and single values, each in any codec.

use super::error::{Subject, ValueError};
use super::json;
use super::path::{Path, Root};
use super::postcard;
use super::shape::Shape;
use super::text::Signature;
use super::wave;
use tractor_protocol::{Codec, Payload};
use wasmtime::component::Val;
use wasmtime::component::types::Type;

impl Signature {
    /// The signature with these parameters and result.
    pub fn new(parameters: &[(String, Type)], result: Option<&Type>) -> Self {
        let parameters = parameters.iter();
        Self {
            parameters: parameters
                .map(|(name, ty)| (name.clone(), Shape::of(ty)))
                .collect(),
            result: result.map(Shape::of),
        }
    }

    /// Reads the arguments of a call of `function`.
    ///
    /// # Errors
    ///
    /// Fails when their number, or any of them, does not fit.
    pub fn decode_arguments(
        &self,
        function: &str,
        payload: &Payload,
    ) -> Result<Vec<Val>, ValueError> {
        match payload.codec {
            Codec::Postcard => self.postcard_arguments(function, &payload.bytes),
            Codec::Json => self.json_arguments(function, &payload.bytes),
            Codec::Wave => self.wave_arguments(function, &payload.bytes),
        }
    }

    /// Writes the arguments of a call of `function`.
    ///
    /// # Errors
    ///
    /// Fails when their number, or any of them, does not fit.
    pub fn encode_arguments(
        &self,
        function: &str,
        values: &[Val],
        codec: Codec,
    ) -> Result<Payload, ValueError> {
        if values.len() != self.parameters.len() {
            return Err(self.count(function, values.len()));
        }
        let mut writer = Writer::new(codec);
        writer.open();
        for (index, ((name, shape), value)) in self.parameters.iter().zip(values).enumerate() {
            if index > 0 {
                writer.comma();
            }
            let path = Path::Root(Root::Parameter(function, name));
            writer.value(shape, value, &path)?;
        }
        writer.close();
        Ok(writer.finish())
    }

    /// Reads the result of a call of `function`; `None` where it gives none.
    ///
    /// # Errors
    ///
    /// Fails when it does not fit.
    pub fn decode_result(
        &self,
        function: &str,
        payload: &Payload,
    ) -> Result<Option<Val>, ValueError> {
        let root = Root::Result(function);
        match &self.result {
            Some(shape) => decode(shape, payload, root).map(Some),
            None if is_unit(payload) => Ok(None),
            None => Err(ValueError::Leftover {
                subject: root.subject(),
                bytes: payload.bytes.len(),
            }),
        }
    }

    /// Writes the result of a call of `function`; no value is written as the codec's unit.
    ///
    /// # Errors
    ///
    /// Fails when it does not fit.
    pub fn encode_result(
        &self,
        function: &str,
        value: Option<&Val>,
        codec: Codec,
    ) -> Result<Payload, ValueError> {
        match (&self.result, value) {
            (Some(shape), Some(value)) => encode(shape, value, codec, Root::Result(function)),
            _ => Ok(unit(codec)),
        }
    }

    fn postcard_arguments(&self, function: &str, bytes: &[u8]) -> Result<Vec<Val>, ValueError> {
        let mut reader = postcard::Reader::new(bytes);
        let mut values = Vec::with_capacity(self.parameters.len());
        for (name, shape) in &self.parameters {
            let path = Path::Root(Root::Parameter(function, name));
            values.push(reader.value(shape, &path)?);
        }
        match reader.left() {
            0 => Ok(values),
            bytes => Err(ValueError::Leftover {
                subject: Root::Arguments(function).subject(),
                bytes,
            }),
        }
    }

    fn json_arguments(&self, function: &str, bytes: &[u8]) -> Result<Vec<Val>, ValueError> {
        let root = Root::Arguments(function);
        let json = json::parse(bytes).map_err(|message| syntax(root, Codec::Json, message))?;
        let json::Json::Array(values) = json else {
            let message = format!("it must be an array, and {}", json::describe(&json));
            return Err(syntax(root, Codec::Json, message));
        };
        self.each(function, values, json::value)
    }

    fn wave_arguments(&self, function: &str, bytes: &[u8]) -> Result<Vec<Val>, ValueError> {
        let root = Root::Arguments(function);
        let text = wave_text(bytes).map_err(|message| syntax(root, Codec::Wave, message))?;
        if wave::is_unit(text) {
            return self.each(function, Vec::<()>::new(), |shape, (), path| {
                Err(path.refused(shape))
            });
        }
        let parsed = wave::Text::parse(text).map_err(|m| syntax(root, Codec::Wave, m))?;
        let Some(nodes) = parsed.elements() else {
            let message = "it must be a tuple, such as (1, \"two\")".to_owned();
            return Err(syntax(root, Codec::Wave, message));
        };
        self.each(function, nodes, |shape, node, path| {
            wave::value(shape, node, text, path)
        })
    }

    /// Types the arguments of a text codec; those missing at the end must be options.
    fn each<T>(
        &self,
        function: &str,
        given: Vec<T>,
        read: impl Fn(&Shape, T, &Path<'_>) -> Result<Val, ValueError>,
    ) -> Result<Vec<Val>, ValueError> {
        let (count, most) = (given.len(), self.parameters.len());
        let optional = |(_, shape): &(String, Shape)| matches!(shape, Shape::Option(_));
        if count > most || !self.parameters[count..].iter().all(optional) {
            return Err(self.count(function, count));
        }
        let mut values = Vec::with_capacity(most);
        for ((name, shape), one) in self.parameters.iter().zip(given) {
            values.push(read(
                shape,
                one,
                &Path::Root(Root::Parameter(function, name)),
            )?);
        }
        values.resize(most, Val::Option(None));
        Ok(values)
    }

    fn count(&self, function: &str, given: usize) -> ValueError {
        let without_result = Self {
            parameters: self.parameters.clone(),
            result: None,
        };
        ValueError::Count {
            function: function.to_owned(),
            parameters: without_result.to_string(),
            expected: self.parameters.len(),
            given,
        }
    }
}

/// Reads the arguments of a call of `function` with parameters `params`, a leading context not among them.
///
/// # Errors
///
/// Fails when their number, or any of them, does not fit.
pub fn decode_arguments(
    function: &str,
    params: &[(String, Type)],
    payload: &Payload,
) -> Result<Vec<Val>, ValueError> {
    Signature::new(params, None).decode_arguments(function, payload)
}

/// Writes the arguments of a call of `function` with parameters `params`.
///
/// # Errors
///
/// Fails when their number, or any of them, does not fit.
pub fn encode_arguments(
    function: &str,
    params: &[(String, Type)],
    values: &[Val],
    codec: Codec,
) -> Result<Payload, ValueError> {
    Signature::new(params, None).encode_arguments(function, values, codec)
}

/// Reads the result of `function`; `None` where it gives none.
///
/// # Errors
///
/// Fails when it does not fit.
pub fn decode_result(
    function: &str,
    ty: Option<&Type>,
    payload: &Payload,
) -> Result<Option<Val>, ValueError> {
    Signature::new(&[], ty).decode_result(function, payload)
}

/// Writes the result of `function`.
///
/// # Errors
///
/// Fails when it does not fit.
pub fn encode_result(
    function: &str,
    ty: Option<&Type>,
    value: Option<&Val>,
    codec: Codec,
) -> Result<Payload, ValueError> {
    Signature::new(&[], ty).encode_result(function, value, codec)
}

/// Reads one value of type `ty`.
///
/// # Errors
///
/// Fails when it does not fit.
pub fn decode_value(ty: &Type, payload: &Payload) -> Result<Val, ValueError> {
    Shape::of(ty).decode(payload)
}

/// Writes one value of type `ty`.
///
/// # Errors
///
/// Fails when it does not fit.
pub fn encode_value(ty: &Type, value: &Val, codec: Codec) -> Result<Payload, ValueError> {
    Shape::of(ty).encode(value, codec)
}

impl Shape {
    /// Reads one value of this type.
    ///
    /// # Errors
    ///
    /// Fails when it does not fit.
    pub fn decode(&self, payload: &Payload) -> Result<Val, ValueError> {
        decode(self, payload, Root::Value)
    }

    /// Writes one value of this type.
    ///
    /// # Errors
    ///
    /// Fails when it does not fit.
    pub fn encode(&self, value: &Val, codec: Codec) -> Result<Payload, ValueError> {
        encode(self, value, codec, Root::Value)
    }
}

pub(super) fn decode(shape: &Shape, payload: &Payload, root: Root<'_>) -> Result<Val, ValueError> {
    let path = Path::Root(root);
    let bytes = &payload.bytes;
    match payload.codec {
        Codec::Postcard => {
            let mut reader = postcard::Reader::new(bytes);
            let value = reader.value(shape, &path)?;
            match reader.left() {
                0 => Ok(value),
                bytes => Err(ValueError::Leftover {
                    subject: root.subject(),
                    bytes,
                }),
            }
        }
        Codec::Json => {
            let json = json::parse(bytes).map_err(|m| syntax(root, Codec::Json, m))?;
            json::value(shape, json, &path)
        }
        Codec::Wave => {
            let text = wave_text(bytes).map_err(|m| syntax(root, Codec::Wave, m))?;
            let parsed = wave::Text::parse(text).map_err(|m| syntax(root, Codec::Wave, m))?;
            wave::value(shape, parsed.node(), text, &path)
        }
    }
}

pub(super) fn encode(
    shape: &Shape,
    value: &Val,
    codec: Codec,
    root: Root<'_>,
) -> Result<Payload, ValueError> {
    let mut writer = Writer::new(codec);
    writer.value(shape, value, &Path::Root(root))?;
    Ok(writer.finish())
}

/// What stands for no value.
pub(crate) fn unit(codec: Codec) -> Payload {
    let bytes: &'static [u8] = match codec {
        Codec::Postcard | Codec::Wave => b"",
        Codec::Json => b"null",
    };
    Payload::new(codec, bytes)
}

fn is_unit(payload: &Payload) -> bool {
    let bytes = payload.bytes.trim_ascii();
    match payload.codec {
        Codec::Postcard => payload.bytes.is_empty(),
        Codec::Json => bytes == b"null",
        Codec::Wave => bytes.is_empty(),
    }
}

fn wave_text(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|error| error.to_string())
}

fn syntax(root: Root<'_>, codec: Codec, message: String) -> ValueError {
    let subject: Subject = root.subject();
    ValueError::Syntax {
        subject,
        codec,
        message,
    }
}

/// Bytes of one codec, as they grow.
enum Writer {
    Postcard(Vec<u8>),
    Json(String),
    Wave(String),
}

impl Writer {
    fn new(codec: Codec) -> Self {
        match codec {
            Codec::Postcard => Self::Postcard(Vec::new()),
            Codec::Json => Self::Json(String::new()),
            Codec::Wave => Self::Wave(String::new()),
        }
    }

    fn value(&mut self, shape: &Shape, value: &Val, path: &Path<'_>) -> Result<(), ValueError> {
        match self {
            Self::Postcard(out) => postcard::write(out, shape, value, path),
            Self::Json(out) => json::write(out, shape, value, path),
            Self::Wave(out) => wave::write(out, value, path),
        }
    }

    fn open(&mut self) {
        self.text("", "[", "(");
    }

    fn comma(&mut self) {
        self.text("", ",", ", ");
    }

    fn close(&mut self) {
        self.text("", "]", ")");
    }

    fn text(&mut self, postcard: &str, json: &str, wave: &str) {
        match self {
            Self::Postcard(out) => out.extend_from_slice(postcard.as_bytes()),
            Self::Json(out) => out.push_str(json),
            Self::Wave(out) => out.push_str(wave),
        }
    }

    fn finish(self) -> Payload {
        match self {
            Self::Postcard(out) => Payload::new(Codec::Postcard, out),
            Self::Json(out) => Payload::new(Codec::Json, out),
            Self::Wave(out) => Payload::new(Codec::Wave, out),
        }
    }
}
