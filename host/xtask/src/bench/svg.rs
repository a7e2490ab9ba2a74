//! The few shapes of a chart, as SVG. No fonts, scripts or files of others; light or dark as whoever looks has it.

use std::fmt::Write;

/// A picture that is drawn from top to bottom.
#[derive(Default)]
pub(super) struct Picture {
    body: String,
}

/// How a text stands to its place.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// Colours by what they mean. Both sets have a contrast of 4.5 and more for text.
const STYLE: &str = "
text { font: 13px system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif; fill: #1f2328; }
.head { font-size: 17px; font-weight: 600; }
.section { font-size: 14px; font-weight: 600; }
.small { font-size: 11px; fill: #59636e; }
.paper { fill: #ffffff; }
.grid { stroke: #d1d9e0; }
.one { stroke: #59636e; }
.goal { stroke: #1f2328; stroke-width: 2; }
.met { fill: #2da44e; }
.missed { fill: #bc4c00; }
.plain { fill: #6e7781; }
.peer { fill: #0969da; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; }
.small { fill: #9198a1; }
.paper { fill: #0d1117; }
.grid { stroke: #30363d; }
.one { stroke: #9198a1; }
.goal { stroke: #e6edf3; }
.met { fill: #3fb950; }
.missed { fill: #db6d28; }
.plain { fill: #8b949e; }
.peer { fill: #4493f8; }
}
";

impl Picture {
    pub(super) fn text(&mut self, class: &str, anchor: Anchor, (x, y): (f64, f64), text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        self.line(format_args!(
            "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>",
            escaped(text)
        ));
    }

    /// A bar between two places, from left to right or the other way round; `title` is what is told when one points at it.
    pub(super) fn bar(
        &mut self,
        class: &str,
        (from, to): (f64, f64),
        y: f64,
        height: f64,
        title: &str,
    ) {
        // What is as much as its limit is seen all the same.
        let (x, width) = (from.min(to), (from - to).abs().max(2.0));
        self.line(format_args!(
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"2\"><title>{}</title></rect>",
            escaped(title)
        ));
    }

    pub(super) fn upright(&mut self, class: &str, x: f64, (top, bottom): (f64, f64)) {
        self.line(format_args!(
            "<line class=\"{class}\" x1=\"{x:.1}\" y1=\"{top:.1}\" x2=\"{x:.1}\" y2=\"{bottom:.1}\"/>"
        ));
    }

    fn line(&mut self, shape: std::fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = writeln!(self.body, "{shape}");
    }

    /// The file. `title` is what is read aloud.
    pub(super) fn finish(self, width: f64, height: f64, title: &str) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\">\n\
             <title>{}</title>\n<style>{STYLE}</style>\n\
             <rect class=\"paper\" width=\"{width:.0}\" height=\"{height:.0}\"/>\n{}</svg>\n",
            escaped(title),
            self.body
        )
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_does_not_become_markup() {
        let mut picture = Picture::default();
        picture.text("small", Anchor::End, (1.0, 2.0), "a<b> & \"c\"");
        let svg = picture.finish(10.0, 20.0, "<t>");
        assert!(
            svg.contains(">a&lt;b&gt; &amp; &quot;c&quot;</text>"),
            "{svg}"
        );
        assert!(svg.contains("<title>&lt;t&gt;</title>"), "{svg}");
    }

    #[test]
    fn bar_to_the_left_begins_at_its_end() {
        let mut picture = Picture::default();
        picture.bar("met", (50.0, 20.0), 5.0, 8.0, "");
        let svg = picture.finish(10.0, 20.0, "");
        assert!(svg.contains("x=\"20.0\" y=\"5.0\" width=\"30.0\""), "{svg}");
    }

    #[test]
    fn picture_is_light_and_dark_and_takes_nothing_from_elsewhere() {
        let svg = Picture::default().finish(10.0, 20.0, "");
        assert!(svg.contains("prefers-color-scheme: dark"), "{svg}");
        for from_elsewhere in ["<script", "@import", "url(", "href"] {
            assert!(!svg.contains(from_elsewhere), "{from_elsewhere}");
        }
    }
}
