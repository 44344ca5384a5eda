/** Rules of policies and their schema. The content of the files is not checked with `--no-keys`. */
export const policyRules = {
  'policy.no-schema': {
    severity: 'error',
    rule: 'If a route names policies, `policySchema` names the Cedar schema that they are checked against.',
    remedy: 'Write the schema, and name it as `policySchema`.',
  },
  'policy.schema-unused': {
    severity: 'warning',
    rule: 'A schema is there for policies that a route names.',
    remedy: 'Name policies in a route, or leave `policySchema` out.',
  },
  'policy.not-high-risk': {
    severity: 'error',
    rule: 'A route that names policies is of high risk: only the authority evaluates them, and no other route asks it about each request.',
    remedy: 'Write `risk: high`, or leave the policies out.',
  },
  'policy.missing': {
    severity: 'error',
    rule: 'Each policy file and the schema are there, relative to the registry file, as UTF-8 of at most 256 KiB.',
    remedy: 'Put the file there, or correct the path.',
  },
  'policy.schema-unreadable': {
    severity: 'error',
    rule: 'The schema is one that Cedar reads.',
    remedy: 'Correct it at the line that the finding names.',
  },
  'policy.schema-differs': {
    severity: 'error',
    rule: 'The schema declares the data of the authority: `entity Tenant`, `entity Subject in [Tenant]` with claims of the registry alone (`Set<String>`, or an optional `String` for a scalar), `entity Audience`, and an action for each route that names policies.',
    remedy: 'Declare it so; an authoritative claim stands under its own name.',
  },
  'policy.unreadable': {
    severity: 'error',
    rule: 'A policy file holds Cedar policies, and no template.',
    remedy: 'Correct the syntax at the line that the finding names.',
  },
  'policy.invalid': {
    severity: 'error',
    rule: 'A policy type-checks against the schema.',
    remedy:
      'Correct it at the line that the finding names: use attributes that are declared, and compare values of one type.',
  },
  'policy.doubtful': {
    severity: 'warning',
    rule: 'A policy can apply, and its names do not look like others.',
    remedy: 'Correct what it compares, or leave it out.',
  },
  'policy.never-permits': {
    severity: 'error',
    rule: 'Of the policies that a route names, one could permit it.',
    remedy: 'Write a `permit` for its action and audience; without one, every request is denied.',
  },
} as const
