//! The interfaces `shapes`, `left` and `right`.

use crate::TestActor;
use crate::exports::test::actor::shapes::{Color, Guest, Point, Shape, Style};
use crate::exports::test::actor::{left, right};

impl Guest for TestActor {
    fn mirror(p: Point) -> Point {
        Point { x: p.y, y: p.x }
    }

    fn echo_point(value: Point) -> Point {
        value
    }

    fn echo_color(value: Color) -> Color {
        value
    }

    fn echo_shape(value: Shape) -> Shape {
        value
    }

    fn echo_style(value: Style) -> Style {
        value
    }

    fn echo_points(value: Vec<Point>) -> Vec<Point> {
        value
    }

    fn refuse(value: Color) -> Result<Point, Color> {
        Err(value)
    }
}

impl left::Guest for TestActor {
    fn side() -> String {
        "left".to_owned()
    }
}

impl right::Guest for TestActor {
    fn side() -> String {
        "right".to_owned()
    }
}
