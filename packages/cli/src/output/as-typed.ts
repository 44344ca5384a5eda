/** The environment of a command. */
type Env = Readonly<Record<string, string | undefined>>

/** `npx freshet` works in a clone, and `freshet` works there only if it is installed as well. */
export function commandName(env: Env): string {
  return env['npm_command'] === 'exec' ? 'npx freshet' : 'freshet'
}

/** Returns a text with its commands, which begin it or stand between backticks, as this name starts them. */
export function asTyped(text: string, command: string): string {
  return text.replaceAll(/(^|`)freshet (?=[a-z])/g, `$1${command} `)
}
