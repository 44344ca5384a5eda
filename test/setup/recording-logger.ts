type Write = (facts: object, message: string) => void

/** Returns a logger that adds each line to a list: its facts, the text of its error, and its message. */
export function recordingLogger(
  lines: string[],
): Readonly<Record<'info' | 'warn' | 'error', Write>> {
  const write: Write = (facts, message) => {
    const { err } = facts as { readonly err?: unknown }
    const trouble = err instanceof Error ? err.message : ''
    lines.push([JSON.stringify(facts), trouble, message].join(' '))
  }
  return { info: write, warn: write, error: write }
}
