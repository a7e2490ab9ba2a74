//! Random trees, as the texts that the guest reads: a letter for each actor's manner, and its children behind it.

use fastrand::Rng;

/// One actor of a tree.
struct Node {
    letter: char,
    depth: usize,
    children: Vec<usize>,
}

/// A tree, the first actor being main.
pub(crate) struct Shape {
    nodes: Vec<Node>,
}

/// How trees are to be.
pub(crate) struct Wishes<'a> {
    /// Processes, main among them.
    pub(crate) processes: usize,
    /// Levels, main's being the first.
    pub(crate) depth: usize,
    /// Actors that spin, at most.
    pub(crate) spinning: usize,
    /// The letters of the others, each as often as it is to come.
    pub(crate) letters: &'a str,
}

/// Letters of actors that never look up, and so have no children.
const LEAVES: &str = "xbg";

impl Shape {
    pub(crate) fn random(rng: &mut Rng, wishes: &Wishes<'_>) -> Self {
        let main = Node {
            letter: 'r',
            depth: 1,
            children: Vec::new(),
        };
        let mut shape = Self { nodes: vec![main] };
        let letters: Vec<char> = wishes.letters.chars().collect();
        let mut spinning = rng.usize(..=wishes.spinning);
        while shape.nodes.len() < wishes.processes {
            let Some(owner) = shape.owner(rng, wishes.depth) else {
                break;
            };
            // One that answers is always there, to say that the tree goes on.
            let letter = match shape.nodes.len() {
                1 => 'r',
                _ if spinning > 0 && rng.u8(..8) == 0 => {
                    spinning -= 1;
                    'x'
                }
                _ => letters[rng.usize(..letters.len())],
            };
            shape.add(owner, letter);
        }
        shape
    }

    /// Chains of idle actors below main, so many in all.
    pub(crate) fn chains(idle: usize, depth: usize) -> Self {
        let mut shape = Self::random(
            &mut Rng::with_seed(0),
            &Wishes {
                processes: 1,
                depth: 1,
                spinning: 0,
                letters: "i",
            },
        );
        for number in 0..idle {
            let owner = if number % depth == 0 { 0 } else { number };
            shape.add(owner, 'i');
        }
        shape
    }

    /// How many processes it has when all is started.
    pub(crate) fn processes(&self) -> usize {
        self.nodes.len()
    }

    /// Whether one of its actors has this letter.
    pub(crate) fn has(&self, letter: char) -> bool {
        self.nodes.iter().any(|node| node.letter == letter)
    }

    /// The levels that there are.
    pub(crate) fn depth(&self) -> usize {
        self.nodes.iter().map(|node| node.depth).max().unwrap_or(0)
    }

    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        self.write(0, &mut text);
        text
    }

    /// One that may have another child; often the youngest, so that trees get deep.
    fn owner(&self, rng: &mut Rng, depth: usize) -> Option<usize> {
        let may = |node: &Node| node.depth < depth && !LEAVES.contains(node.letter);
        let able: Vec<usize> = (0..self.nodes.len())
            .filter(|i| may(&self.nodes[*i]))
            .collect();
        match rng.u8(..10) {
            0..4 => able.last().copied(),
            _ => rng.choice(able),
        }
    }

    fn add(&mut self, owner: usize, letter: char) {
        let depth = self.nodes[owner].depth + 1;
        let number = self.nodes.len();
        self.nodes[owner].children.push(number);
        self.nodes.push(Node {
            letter,
            depth,
            children: Vec::new(),
        });
    }

    fn write(&self, node: usize, text: &mut String) {
        text.push(self.nodes[node].letter);
        if !self.nodes[node].children.is_empty() {
            text.push('(');
            for child in &self.nodes[node].children {
                self.write(*child, text);
            }
            text.push(')');
        }
    }
}
