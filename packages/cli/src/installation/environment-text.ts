/** A variable with its value, and a sentence about it. */
export interface EnvironmentLine {
  readonly name: string
  readonly value: string
  readonly comment: string
}

/** Characters that a shell, systemd, Docker and Node read alike without quotation marks. */
const PLAIN = /^[\w@%+=:,./-]+$/

/** The text of an environment file. */
export function environmentText(title: string, lines: readonly EnvironmentLine[]): string {
  const parts = lines.map(
    ({ name, value, comment }) => `# ${comment}\n${name}=${shellText(value)}\n`,
  )
  return [`# ${title}\n`, ...parts].join('\n')
}

/** A text as a shell reads it: in single quotes unless all characters are plain. */
export function shellText(value: string): string {
  return PLAIN.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`
}
