/** Rules of claim types and the classes that their changes are measured in. */
export const claimRules = {
  'claim.unknown': {
    severity: 'error',
    rule: 'Each named claim is declared under `claims`.',
    remedy: 'Declare the claim, or leave it out.',
  },
  'claim.reserved': {
    severity: 'error',
    rule: 'A claim must have another name than the standard claims of an access token (RFC 9068). The authority would never put its values into a token.',
    remedy: 'Give the claim another name.',
  },
  'claim.from-cycle': {
    severity: 'error',
    rule: 'No claim is derived from itself.',
    remedy: 'Break the circle of `from`.',
  },
  'claim.from-descriptive': {
    severity: 'error',
    rule: 'No authoritative claim is derived from a descriptive one, which never goes stale.',
    remedy: 'Derive it from authoritative claims, or make it descriptive itself.',
  },
  'claim.without-origin': {
    severity: 'error',
    rule: 'An audience that carries a derived claim must also carry the claims that it is derived from. An edge reads in the token which of their removals affect it.',
    remedy: 'Add what it is derived from to the `claims` of the audience, or leave the claim out.',
  },
  'claim.strips-a-restriction': {
    severity: 'error',
    rule: 'A claim that restricts is never stripped: its absence would allow more.',
    remedy: 'Use `onUnverified: deny` or `validate`.',
  },
  'claim.omits-a-restriction': {
    severity: 'error',
    rule: 'A claim that restricts is never left out of a token: its absence would allow more.',
    remedy: 'Use `onMissing: refuse` and `onOver: refuse`, which are the defaults.',
  },
  'claim.delegates-a-restriction': {
    severity: 'error',
    rule: 'A restriction of an actor counts in every token of it: without it, acting for another would allow more.',
    remedy: 'Leave `delegation` out.',
  },
  'claim.decides-nothing': {
    severity: 'warning',
    rule: 'A descriptive claim configures no decision, because no decision depends on it.',
    remedy: 'Leave the member out, or make the claim authoritative.',
  },
  'claim.corroborates-itself': {
    severity: 'error',
    rule: 'A claim is corroborated by another source than its own.',
    remedy: 'Name another source, or leave `corroborates` out.',
  },
  'partner.undeclared': {
    severity: 'error',
    rule: "Each partner of a claim is listed in `onBehalfOf` of the claim's source.",
    remedy: 'Add it to `onBehalfOf` of the source, or leave it out.',
  },
  'partner.overlap': {
    severity: 'error',
    rule: 'No two partners of a claim can give the same value: no prefix begins another.',
    remedy: 'Give each a prefix of its own.',
  },
  'partner.of-scalar': {
    severity: 'error',
    rule: 'A claim with partners is a set: a single value has no parts.',
    remedy: 'Leave `partners` out, or make the claim a set.',
  },
  'pattern.unreadable': {
    severity: 'error',
    rule: 'A `pattern` is of the forms that are compared in one reading of a value: characters, `.`, `[a-z]`, `[^/]`, groups, `|`, `?`, `*`, `+`, `{n,m}`. It is compared with the whole value.',
    remedy: 'Write it so: without `^`, `$`, `\\d`, references and looking around.',
  },
  'pattern.excludes-value': {
    severity: 'error',
    rule: 'If a claim has both, each of its `values` matches its `pattern`: the gateway would refuse any other.',
    remedy: 'Correct the value or the pattern, or leave one of the two out.',
  },
  'class.no-objective': {
    severity: 'error',
    rule: 'The class of a claim has an objective under `slo`.',
    remedy: 'Declare the class, or name one that is.',
  },
  'class.unused': {
    severity: 'warning',
    rule: 'Each class under `slo` is that of a claim.',
    remedy: 'Remove the class, or correct the `class` of the claims that it is for.',
  },
  'slo.not-measured': {
    severity: 'warning',
    rule: 'The objective of a class is measured: a `change-complete` service level of the class promises at least as much, as soon.',
    remedy:
      'Write one into the file of service levels (`docs/slos.md`), or promise in the registry what one of them does.',
  },
} as const
