import type { DetailedError } from '@cedar-policy/cedar-wasm/nodejs'
import { finding, type Finding, type FindingCode } from '@freshet/registry/lint'

/** A message of Cedar about a file. */
export interface CedarMessage {
  readonly path: string
  readonly text: string
  readonly error: DetailedError
  readonly fix: string
}

/** @internal A finding at the place where the registry names the file; its message names the line in it. */
export function located(
  code: FindingCode,
  place: string,
  { path, text, error, fix }: CedarMessage,
): Finding {
  const [at] = error.sourceLocations ?? []
  const { line, column } = placeOf(text, at?.start ?? 0)
  const label = at?.label ?? error.help
  const sentence = error.message.replace(/^for policy `[^`]*`, /, '').replaceAll(/\s+/g, ' ')
  const message = `${path}:${line}:${column}: ${sentence}${label ? `; ${label}` : ''}`
  return finding(code, place, { message, fix })
}

/** Cedar counts bytes; people count lines, and columns in UTF-16 units, as editors do. */
function placeOf(text: string, byte: number): { readonly line: number; readonly column: number } {
  const before = Buffer.from(text).subarray(0, byte).toString().split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}
