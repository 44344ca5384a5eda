import pc from 'picocolors'

/** The colours of one stream. */
export type Colors = ReturnType<typeof pc.createColors>

/**
 * Colours for a stream: those of a terminal only, unless FORCE_COLOR asks for them; NO_COLOR wins.
 */
export function colorsFor(
  stream: { readonly isTTY?: boolean | undefined },
  env: Readonly<Record<string, string | undefined>>,
): Colors {
  const isTerminal = stream.isTTY === true && env['TERM'] !== 'dumb'
  return pc.createColors(!env['NO_COLOR'] && (isTerminal || Boolean(env['FORCE_COLOR'])))
}
