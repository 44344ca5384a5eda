import { Option } from '@commander-js/extra-typings'
import type { Shell } from '../../shell.ts'

/** The form of an error code. A reason for the audit log is a text with spaces. */
const CODE = /^[a-z]+(?:\.[a-z-]+)+$/

/** An earlier spelling of an option: it still works, and the help does not show it. */
export function replacedOption<const Flags extends string>(flags: Flags): Option<Flags> {
  return new Option(flags).hideHelp()
}

interface Spellings {
  readonly code?: string | undefined
  readonly reason?: string | undefined
  readonly because?: string | undefined
}

/** The error code that selects records. `--reason` is its earlier spelling, with a warning. */
export function codeOf(shell: Shell, { code, reason }: Spellings): string | undefined {
  if (reason !== undefined) warn(shell, '--reason <code>', '--code <code>')
  return code ?? reason
}

/**
 * The error code that selects records, and the reason for the audit log. `--reason` with an error code still
 * selects by it, so an earlier command line never selects more records. `--because` is the earlier spelling of
 * `--reason`. Both print a warning.
 */
export function codeAndReason(
  shell: Shell,
  { code, reason, because }: Spellings,
): Pick<Spellings, 'code' | 'reason'> {
  if (because !== undefined) warn(shell, '--because <text>', '--reason <text>')
  const isCode = reason !== undefined && CODE.test(reason)
  if (isCode) return { code: codeOf(shell, { code, reason }), reason: because }
  return { code, reason: because ?? reason }
}

function warn(shell: Shell, earlier: string, now: string): void {
  shell.err(`warning: use ${now}; ${earlier} is its earlier spelling\n`)
}
