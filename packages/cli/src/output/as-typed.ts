/** The environment of a command. */
type Env = Readonly<Record<string, string | undefined>>

/** The name by which the caller runs the command line. The name `freshet` in a registry of npm is not ours. */
export function commandName(env: Env): string {
  return env['npm_command'] === 'exec' ? 'npx @freshet/cli' : 'freshet'
}

/** Returns a text with its commands, which begin it or stand between backticks, as this name starts them. */
export function asTyped(text: string, command: string): string {
  return text.replaceAll(/(^|`)freshet (?=[a-z])/g, `$1${command} `)
}
