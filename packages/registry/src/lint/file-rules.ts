/** Rules about the text of a registry file, before its members are read. */
export const fileRules = {
  'file.empty': {
    severity: 'error',
    rule: 'A registry file holds one YAML mapping.',
    remedy: 'Write the registry into it, or name the right file.',
  },
  'file.not-utf8': {
    severity: 'error',
    rule: 'A registry file is UTF-8.',
    remedy:
      'Save the file as UTF-8. The finding has the line and column of the first byte that is not UTF-8.',
  },
  'file.too-large': {
    severity: 'error',
    rule: 'A file has at most 4 MiB, and a version at most 1 MiB as canonical JSON with its key sets: it travels in one request.',
    remedy:
      'Make it shorter: leave out claims that no audience carries, shorten descriptions, remove retired keys.',
  },
  'file.not-yaml': {
    severity: 'error',
    rule: 'A registry file is YAML 1.2 without tags of its own.',
    remedy: 'Correct the syntax at the place; a file that ends too early was written only in part.',
  },
  'file.too-deep': {
    severity: 'error',
    rule: 'Nothing in a registry file is nested deeper than 32 levels.',
    remedy: 'Look for brackets that are never closed.',
  },
  'file.alias': {
    severity: 'error',
    rule: 'An alias names an anchor before it, never one around it, and all aliases together stand for 10,000 values at most.',
    remedy: 'Write the values out.',
  },
  'file.several-documents': {
    severity: 'error',
    rule: 'A registry file holds one document.',
    remedy: 'Remove the line `---` and what follows it, or keep it in a file of its own.',
  },
  'member.twice': {
    severity: 'error',
    rule: 'A member stands once in a mapping.',
    remedy: 'Keep one of the two.',
  },
  'claim.named-twice': {
    severity: 'error',
    rule: 'A claim is declared once.',
    remedy: 'Keep one declaration, with the one source of its truth.',
  },
  'claim.two-sources': {
    severity: 'error',
    rule: 'A claim has one source of its truth.',
    remedy:
      'Name one source. If it also sends changes for another one, list that one in `onBehalfOf` of the source.',
  },
} as const
