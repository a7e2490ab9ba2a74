//! The chart of the figures: those that have an aim, each as a ratio to its limit, and those beside peers, each as how many times better.
//!
//! What it draws follows from the figures alone, so the same figures give the same file.

use super::{
    axis::{Axis, is_drawn},
    figures::{Figures, Row},
    sample::digits,
    svg::{Anchor, Picture},
};

const WIDTH: f64 = 1040.0;
const MARGIN: f64 = 20.0;
/// Where names end, and bars begin and end.
const NAMES: f64 = 330.0;
const BARS: f64 = 345.0;
const BARS_WIDTH: f64 = 340.0;
const ROW_HEIGHT: f64 = 26.0;
const BAR_HEIGHT: f64 = 14.0;

/// One line of the chart.
struct Bar {
    name: String,
    /// Where the bar ends.
    ratio: f64,
    /// Where the mark of its aim is.
    goal: Option<f64>,
    class: &'static str,
    text: String,
    title: String,
}

/// Some bars on one axis.
struct Section {
    head: &'static str,
    explained: &'static str,
    bars: Vec<Bar>,
}

/// Draws the chart.
pub(super) fn svg(figures: &Figures) -> String {
    let mut picture = Picture::default();
    let mut y = MARGIN + 16.0;
    picture.text("head", Anchor::Start, (MARGIN, y), "tractor-host: figures");
    y += 20.0;
    picture.text("small", Anchor::Start, (MARGIN, y), &measured(figures));
    for section in [beside_limits(figures), beside_peers(figures)] {
        if !section.bars.is_empty() {
            y = draw(&mut picture, &section, y + 34.0);
        }
    }
    picture.finish(WIDTH, y + MARGIN, "Figures of tractor-host")
}

fn measured(figures: &Figures) -> String {
    let machine = &figures.machine;
    let commit: String = figures.commit.chars().take(12).collect();
    let day = figures.date.split('T').next().unwrap_or_default();
    format!(
        "{day}, commit {commit}, {} cores of {}, Linux {}",
        machine.cores, machine.cpu, machine.kernel
    )
}

fn beside_limits(figures: &Figures) -> Section {
    let rows = figures.rows.iter();
    let rows = rows.filter(|row| !row.is_peer && row.aim.is_some() && is_drawn(row.ratio()));
    Section {
        head: "Beside what the machine itself takes",
        explained: "the bar: times the limit, on a logarithmic scale; the mark: the goal; green: met, orange: missed",
        bars: rows.map(Bar::beside_limit).collect(),
    }
}

fn beside_peers(figures: &Figures) -> Section {
    let rows = figures.rows.iter();
    let rows = rows.filter(|row| row.is_peer && is_drawn(row.ratio()));
    Section {
        head: "Beside others, in the same run",
        explained: "the bar: how many times better, on a logarithmic scale",
        bars: rows.map(Bar::beside_peer).collect(),
    }
}

impl Bar {
    fn beside_limit(row: &Row) -> Self {
        let better = if row.is_rate() { "at least" } else { "at most" };
        let goal = row.aim.map_or_else(String::new, |aim| match aim.is_ratio {
            true => format!("goal: {better} {}x", aim.number),
            false => format!("goal: {better} {} {}", digits(aim.number), row.unit),
        });
        Self {
            ratio: row.ratio(),
            goal: row.aimed_ratio(),
            class: match row.is_met() {
                Some(true) => "met",
                Some(false) => "missed",
                None => "plain",
            },
            text: format!("{}, {}x; {goal}", value(row), digits(row.ratio())),
            ..Self::of(row)
        }
    }

    fn beside_peer(row: &Row) -> Self {
        let better = match row.is_rate() {
            true => row.ratio(),
            false => row.ratio().recip(),
        };
        Self {
            ratio: better,
            goal: None,
            class: "peer",
            text: format!("{}, {}x better", value(row), digits(better)),
            ..Self::of(row)
        }
    }

    fn of(row: &Row) -> Self {
        Self {
            name: row.name.clone(),
            ratio: row.ratio(),
            goal: None,
            class: "plain",
            text: String::new(),
            title: format!("beside: {}", row.limit),
        }
    }
}

fn value(row: &Row) -> String {
    format!("{} {}", digits(row.value()), row.unit)
}

/// Draws a section from `top` on; gives where it ends.
fn draw(picture: &mut Picture, section: &Section, top: f64) -> f64 {
    picture.text("section", Anchor::Start, (MARGIN, top), section.head);
    picture.text(
        "small",
        Anchor::Start,
        (MARGIN, top + 16.0),
        section.explained,
    );
    let ratios = section.bars.iter();
    let ratios = ratios.flat_map(|bar| [Some(bar.ratio), bar.goal]).flatten();
    let axis = Axis::of(ratios, BARS, BARS_WIDTH);
    let (first, last) = (
        top + 40.0,
        top + 40.0 + ROW_HEIGHT * section.bars.len() as f64,
    );
    for (ratio, text) in axis.marks() {
        let class = if text == "1x" { "one" } else { "grid" };
        picture.upright(class, axis.place(ratio), (first, last));
        picture.text(
            "small",
            Anchor::Middle,
            (axis.place(ratio), first - 5.0),
            &text,
        );
    }
    let mut y = first;
    for bar in &section.bars {
        draw_bar(picture, axis, bar, y);
        y += ROW_HEIGHT;
    }
    last
}

fn draw_bar(picture: &mut Picture, axis: Axis, bar: &Bar, top: f64) {
    let (middle, bar_top) = (
        top + ROW_HEIGHT / 2.0,
        top + (ROW_HEIGHT - BAR_HEIGHT) / 2.0,
    );
    let ends = (axis.place(1.0), axis.place(bar.ratio));
    picture.text("name", Anchor::End, (NAMES, middle + 4.5), &bar.name);
    picture.bar(bar.class, ends, bar_top, BAR_HEIGHT, &bar.title);
    if let Some(goal) = bar.goal {
        let mark = (bar_top - 3.0, bar_top + BAR_HEIGHT + 3.0);
        picture.upright("goal", axis.place(goal), mark);
    }
    let text = (BARS + BARS_WIDTH + 15.0, middle + 4.5);
    picture.text("value", Anchor::Start, text, &bar.text);
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{
        super::figures::tests::{figures, row},
        *,
    };

    fn with(mut row: Value, key: &str, value: Value) -> Value {
        row[key] = value;
        row
    }

    fn of(rows: &[Value]) -> String {
        svg(&figures(rows))
    }

    #[test]
    fn figure_with_an_aim_is_drawn_as_met_or_missed() {
        let aim = json!({ "at": "most", "ratio": 3.0 });
        let call = with(row("call", "us", &[20.0], &[10.0]), "aim", aim.clone());
        let spawn = with(row("spawn", "us", &[40.0], &[10.0]), "aim", aim);
        let svg = of(&[call, spawn]);
        assert!(svg.contains(">20.0 us, 2.00x; goal: at most 3x<"), "{svg}");
        assert_eq!(svg.matches("class=\"met\"").count(), 1, "{svg}");
        assert_eq!(svg.matches("class=\"missed\"").count(), 1, "{svg}");
        assert_eq!(svg.matches("class=\"goal\"").count(), 2, "{svg}");
        // In the order of the figures.
        assert!(
            svg.find("class=\"met\"") < svg.find("class=\"missed\""),
            "{svg}"
        );
    }

    #[test]
    fn figure_without_an_aim_is_left_out() {
        assert!(!of(&[row("call", "us", &[20.0], &[10.0])]).contains(">call<"));
    }

    #[test]
    fn beside_a_peer_more_is_better_whatever_the_unit() {
        let peer = json!("peer");
        let call = with(row("call", "us", &[20.0], &[100.0]), "beside", peer.clone());
        let stream = with(row("stream", "/s", &[100.0], &[20.0]), "beside", peer);
        let svg = of(&[call, stream]);
        assert_eq!(svg.matches("5.00x better").count(), 2, "{svg}");
    }

    #[test]
    fn figure_that_was_not_measured_is_left_out() {
        let aim = json!({ "at": "most", "ratio": 3.0 });
        let mut call = with(row("call", "us", &[1.0], &[1.0]), "aim", aim);
        call["value"]["runs"] = json!([null]);
        let svg = of(&[call]);
        assert!(!svg.contains(">call<") && !svg.contains("NaN"), "{svg}");
    }

    #[test]
    fn same_figures_give_the_same_chart() {
        let aim = json!({ "at": "least", "value": 7.0 });
        let rows = [with(row("a & b", "/s", &[0.3], &[30.0]), "aim", aim)];
        assert_eq!(of(&rows), of(&rows));
        assert!(of(&rows).contains("a &amp; b"));
    }

    /// Every element is closed, or the picture is not drawn at all.
    #[test]
    fn chart_is_well_formed() {
        let aim = json!({ "at": "least", "value": 7.0 });
        let svg = of(&[with(row("a", "/s", &[0.3], &[30.0]), "aim", aim)]);
        for element in ["svg", "style", "text", "title", "rect"] {
            let opened = svg.matches(&format!("<{element}")).count();
            let closed = svg.matches(&format!("</{element}>")).count();
            let alone = match element {
                // The paper.
                "rect" => 1,
                _ => 0,
            };
            assert_eq!(opened, closed + alone, "{element}");
        }
    }
}
