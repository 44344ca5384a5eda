/**
 * A source's own numbering of an element's changes: `(epoch, n)`. Versions compare within one
 * source only; a source restored from a backup raises its epoch (rule 7).
 */
export interface SourceVersion {
  readonly epoch: bigint
  readonly n: bigint
}

/** Below every version that a source can send. */
export const NO_VERSION: SourceVersion = { epoch: -1n, n: -1n }

/** Negative, zero or positive as `a` is older, the same or newer than `b`. */
export function compareVersions(a: SourceVersion, b: SourceVersion): number {
  if (a === b) return 0
  if (a.epoch !== b.epoch) return a.epoch < b.epoch ? -1 : 1
  if (a.n === b.n) return 0
  return a.n < b.n ? -1 : 1
}

/** The newer of two versions. */
export function laterVersion(a: SourceVersion, b: SourceVersion): SourceVersion {
  return compareVersions(a, b) >= 0 ? a : b
}

const form = /^(?:(\d{1,18})\.)?(\d{1,18})$/

/** Reads `"n"` or `"epoch.n"`; `undefined` where the text is neither. The default epoch is 0. */
export function parseVersion(text: string): SourceVersion | undefined {
  const match = form.exec(text)
  if (match?.[2] === undefined) return undefined
  return { epoch: BigInt(match[1] ?? '0'), n: BigInt(match[2]) }
}

/** The wire form: `"n"` in epoch 0, else `"epoch.n"`. */
export function formatVersion({ epoch, n }: SourceVersion): string {
  return epoch === 0n ? n.toString() : `${epoch}.${n}`
}
