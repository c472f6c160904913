//! Boxes with lines between them: what is drawn, before anyone decides where.

/// What a box is to a reader: it has a colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Input,
    Constant,
    /// `linear`, `sigmoid`, `log_loss`: the nodes of the logistic derivation.
    Derivation,
    Operation,
    /// A node that the derivative of another recorded.
    Derivative,
    /// Elementwise operations that a program does together.
    Fused,
    /// A sum, or another reduction, over the rows.
    Reduction,
}

/// The colours of a kind of box on light and on dark paper: inside and border.
pub(super) struct Style {
    pub(super) class: &'static str,
    pub(super) light: [&'static str; 2],
    pub(super) dark: [&'static str; 2],
    pub(super) meaning: &'static str,
}

impl Kind {
    pub(super) const ALL: [Kind; 7] = [
        Kind::Input,
        Kind::Constant,
        Kind::Derivation,
        Kind::Operation,
        Kind::Fused,
        Kind::Reduction,
        Kind::Derivative,
    ];

    pub(super) fn style(self) -> Style {
        let (class, light, dark, meaning) = match self {
            Kind::Input => ("input", ["#dbeafe", "#2563eb"], ["#1e3a5f", "#60a5fa"], "input"),
            Kind::Constant => ("constant", ["#f1f5f9", "#64748b"], ["#334155", "#94a3b8"], "constant"),
            Kind::Derivation => {
                ("derivation", ["#dcfce7", "#15803d"], ["#14432a", "#4ade80"], "linear, sigmoid, log_loss")
            }
            Kind::Operation => ("operation", ["#ffffff", "#475569"], ["#1e293b", "#94a3b8"], "operation"),
            Kind::Fused => ("fused", ["#ede9fe", "#6d28d9"], ["#352a5e", "#a78bfa"], "done together, in cache"),
            Kind::Reduction => ("reduction", ["#ffe4e6", "#be123c"], ["#4c1524", "#fb7185"], "over the rows"),
            Kind::Derivative => {
                ("derivative", ["#fef3c7", "#b45309"], ["#453008", "#fbbf24"], "recorded by a derivative")
            }
        };
        Style { class, light, dark, meaning }
    }
}

/// What a line of text in a box says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    Title,
    Detail,
    /// The derivative of a loss by the node.
    Adjoint,
}

/// A line of text in a box.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) role: Role,
    pub(super) text: String,
}

/// A box.
#[derive(Clone, Debug)]
pub(super) struct PictureNode {
    /// The number it is known by.
    pub(super) number: usize,
    pub(super) kind: Kind,
    pub(super) lines: Vec<Line>,
    /// The boxes above that it uses, by their places, in order.
    pub(super) operands: Vec<usize>,
    /// Whether the title names operands by letters, in the order in which the lines enter; not so where they may change places.
    pub(super) names_operands: bool,
    /// Whether it is what the picture is of: it has a thick border.
    pub(super) is_output: bool,
    /// The group that it stands in.
    pub(super) group: usize,
}

/// Boxes, those they use before them, in groups from top to bottom.
#[derive(Clone, Debug)]
pub(super) struct Picture {
    pub(super) nodes: Vec<PictureNode>,
    /// The titles of the groups; none where all is one group without a frame.
    pub(super) groups: Vec<String>,
    /// What titles call operands.
    pub(super) letters: Letters,
}

/// The letters that titles have for operands, in the order in which their lines enter: none that is a name in the picture.
#[derive(Clone, Debug, Default)]
pub(super) struct Letters(Vec<char>);

impl Letters {
    pub(super) fn beside<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let mut letters: Vec<char> = ('a'..='z').collect();
        for name in names {
            letters.retain(|letter| !name.chars().eq([*letter]));
        }
        Self(letters)
    }

    /// That of the operand whose line enters at `place`.
    pub(super) fn at(&self, place: usize) -> String {
        self.0.get(place).map_or_else(|| "…".into(), char::to_string)
    }
}

/// A text for a line of a picture: with spaces for breaks, and the sign for what can't be shown in place of other control
/// characters, and of those that XML doesn't allow.
pub(super) fn legible(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' | '\r' | '\t' => ' ',
        '\u{fffe}' | '\u{ffff}' => char::REPLACEMENT_CHARACTER,
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.chars().map(shown).collect()
}
