/// Two groups of permissions compared, for all values of the atoms.
public enum Comparison {
  /// Whether `after` allows nothing that `before` does not: satisfied, or violated with a flow that is
  /// new.
  ///
  /// - Complexity: O(*n* log *n*) where no permission has an atom.
  public static func newAccess(
    of after: [Permission], over before: [Permission], atoms: AtomTable
  ) -> Decision {
    let proof = PreparedQuestion.within(after, before.filter { $0.isCertain }, atoms)
    if proof.verdict == .satisfied { return proof }
    let refutation = PreparedQuestion.within(after.filter { $0.isCertain }, before, atoms)
    if refutation.verdict == .violated { return refutation }
    return Decision(.undecided, atoms: proof.verdict == .undecided ? proof.atoms : refutation.atoms)
  }

  /// Whether `after` allows nothing that `before` does not, whatever the atoms are: `newAccess` without the
  /// reasons, and at once where pairs of permissions and volumes tell.
  ///
  /// - Complexity: O(*n* *m*) at best, else as `newAccess`.
  public static func isWithin(
    _ after: [Permission], _ before: [Permission], atoms: AtomTable
  ) -> Bool {
    let certain = before.filter { $0.isCertain }
    var isSettled = true
    for box in after {
      switch PermissionEffect.isCovered(box, by: certain, atoms) {
      case true?: continue
      case false?: return false
      case nil: isSettled = false
      }
    }
    return isSettled || newAccess(of: after, over: before, atoms: atoms).verdict == .satisfied
  }

  /// Whether one box allows nothing that `before` does not, whatever the atoms are: as
  /// `isWithin(_:_:atoms:)`, where all of `before` are there for certain.
  public static func isWithin(
    _ box: Permission, certain before: [Permission], atoms: AtomTable
  ) -> Bool {
    PermissionEffect.isCovered(box, by: before, atoms)
      ?? (newAccess(of: [box], over: before, atoms: atoms).verdict == .satisfied)
  }

  /// Whether both allow the same: satisfied, or violated with a flow that one of them alone allows.
  ///
  /// - Complexity: as `newAccess`.
  public static func equal(
    _ left: [Permission], _ right: [Permission], atoms: AtomTable
  ) -> Decision {
    let more = newAccess(of: left, over: right, atoms: atoms)
    if more.verdict == .violated { return more }
    let less = newAccess(of: right, over: left, atoms: atoms)
    if less.verdict == .violated { return less }
    if more.verdict == .satisfied, less.verdict == .satisfied { return Decision(.satisfied) }
    // Each may lie within the other, and both together not.
    if (left + right).allSatisfy({ $0.isCertain }) {
      let demands =
        PreparedQuestion.demands(left, within: right, atoms)
        + PreparedQuestion.demands(right, within: left, atoms)
      switch JointContainment(demands, atoms: atoms).decide() {
      case .never(let flow): return Decision(.violated, witness: flow)
      case .depends(let named): return Decision(.undecided, atoms: named)
      }
    }
    return Decision(.undecided, atoms: Set(more.atoms + less.atoms).sorted())
  }
}
