/** One import or re-export in a text. */
export interface Import {
  readonly specifier: string
  /** True if only types are imported. */
  readonly isTypeOnly: boolean
  /** True for a call: the module is loaded when the call is reached. */
  readonly isOnDemand: boolean
}

const STATEMENT =
  /^[ \t]*(?:import|export)\s+(type\s+)?(?:([^'";=]*?)\s*from\s+)?['"]([^'"\n]+)['"]/gm
const LOADER = String.raw`(?:import|require|(?:import\.meta|require|createRequire\([^)]*\))\.resolve)`
const CALL = new RegExp(String.raw`\b${LOADER}\(\s*['"]([^'"\n]+)['"]\s*\)`, 'g')

/** Returns every specifier that a TypeScript or JavaScript text imports, re-exports, requires or resolves. */
export function importsOf(text: string): Import[] {
  const code = withoutComments(text)
  const statements = [...code.matchAll(STATEMENT)].map(([, type, clause, specifier]) => ({
    specifier: specifier ?? '',
    isTypeOnly: type !== undefined || namesTypesOnly(clause ?? ''),
    isOnDemand: false,
  }))
  const calls = [...code.matchAll(CALL)].map(([, specifier]) => ({
    specifier: specifier ?? '',
    isTypeOnly: false,
    isOnDemand: true,
  }))
  return [...statements, ...calls]
}

/** `@freshet/protocol/x` and `kafkajs/src/cluster` name packages; the rest of the path does not. */
export function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function namesTypesOnly(clause: string): boolean {
  const names = /^\{([^}]*)\}$/.exec(clause.trim())?.[1]?.split(',')
  const given = names?.map((name) => name.trim()).filter((name) => name !== '') ?? []
  return given.length > 0 && given.every((name) => name.startsWith('type '))
}

/** Whole-line comments and block comments are enough: an import never follows one on its line. */
function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '')
}
