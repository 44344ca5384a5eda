/** A command with its help, as the program prints it. */
export interface CommandHelp {
  readonly words: string
  readonly help: string
}

/** The page of the command line: every command with its help. */
export function cliPage(program: string, commands: readonly CommandHelp[]): string {
  const sections = commands.map(({ words, help }) => `## freshet ${words}\n\n${fenced(help)}`)
  return ['# Command line', fenced(program), ...sections].join('\n\n') + '\n'
}

function fenced(text: string): string {
  return `\`\`\`text\n${text.trim()}\n\`\`\``
}
