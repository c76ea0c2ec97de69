/// What Terraform does with a group, as far as the group's entries do not show it.
public struct TerraformUse: Hashable, Sendable {
  /// What a plan does with the group itself.
  public enum Fate: Hashable, Sendable {
    /// It is created.
    case made
    /// The default group of a VPC comes under management; all it has is removed first.
    case adopted
    /// It exists, and is managed from now on.
    case imported
    /// It exists, and some attribute of it is changed.
    case changed
    /// It exists, and nothing of it is changed.
    case kept
    /// It stays in AWS and is managed no longer.
    case forgotten
  }

  /// Something written that AWS or its provider takes otherwise than it reads.
  public struct Oddity: Hashable, Sendable {
    /// What it is.
    public enum Kind: Hashable, Sendable {
      /// An entry that names nobody: no entry at all.
      case noPeer
      /// A block for all protocols with ports: the apply refuses it.
      case portsWithAllProtocols
    }

    /// What it is.
    public var kind: Kind
    /// The direction it is in.
    public var direction: Direction
    /// What is written, fit to be printed.
    public var text: String
    /// The address of the resource that it is written in.
    public var address: String
    /// Where it stands.
    public var span: SourceSpan?

    /// Creates an oddity.
    public init(
      _ kind: Kind, _ direction: Direction, text: String, address: String, span: SourceSpan?
    ) {
      self.kind = kind
      self.direction = direction
      self.text = text
      self.address = address
      self.span = span
    }
  }

  /// What happens to the group.
  public var fate: Fate
  /// The directions that are written as an argument of the group for certain.
  ///
  /// A `dynamic` block leaves no trace in a plan that changes nothing.
  public var written: Set<Direction> = []
  /// What is odd about it.
  public var oddities: [Oddity] = []
  /// Addresses of rules that are on this group for certain, even where it is not certain that they
  /// stay.
  public var owned: Set<String> = []

  /// Creates a description.
  public init(fate: Fate) { self.fate = fate }

  /// Whether the rule with that address is on this group for certain.
  public func isOwner(of address: String?) -> Bool { address.map { owned.contains($0) } ?? false }
}
