/** Rules of the form of each part: the JSON Schema of the registry has them, too. */
export const formRules = {
  'member.unknown': {
    severity: 'error',
    rule: 'This build must know every member. Otherwise it would silently ignore a misspelt member, or a member that it does not enforce.',
    remedy: 'Correct the name, or leave the member out.',
  },
  'member.missing': {
    severity: 'error',
    rule: 'Members without a default are there.',
    remedy: 'Add the member.',
  },
  'name.invalid': {
    severity: 'error',
    rule: 'Names have at most the characters that tokens and records give them, and no control character.',
    remedy: 'Use another name.',
  },
  'value.type': {
    severity: 'error',
    rule: 'A value is text, a number, a list or a mapping as its member asks for.',
    remedy: 'Write it in that form; text that looks like a number needs quotes.',
  },
  'value.form': {
    severity: 'error',
    rule: 'Durations, percentages, hashes and days of observing have their form.',
    remedy: 'Write a duration as `5s`, a percentage as `99.9%`, a hash as base64url.',
  },
  'value.choice': {
    severity: 'error',
    rule: 'A member with a list of choices has one of them.',
    remedy: 'Use one of the values that the finding lists.',
  },
  'value.range': {
    severity: 'error',
    rule: 'Texts, lists and numbers are within their limits.',
    remedy: 'Keep within the limit that the finding names.',
  },
} as const
