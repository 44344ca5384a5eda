import { compareVersions, laterVersion, NO_VERSION, type SourceVersion } from './source-version.ts'

/** What is known of the full statements of a source in one partition. */
export interface Statements {
  /** Version of the `snapshot-begin` whose end has not come yet. */
  readonly open: SourceVersion | null
  /** The newest version of any border that ever stood here, whatever became of it. */
  readonly newest: SourceVersion
}

/** No border ever stood here. */
export const NO_STATEMENTS: Statements = { open: null, newest: NO_VERSION }

/** A border of a full statement, as far as its place among the others goes. */
export interface Border {
  readonly kind: 'snapshot-begin' | 'snapshot-end'
  readonly sourceVersion: SourceVersion
}

/**
 * Why a border is not taken; `undefined` where it is.
 *
 * Who may write to the topic can append every border once more that the source ever sent. One that
 * stood here before is not newer than those, so as a begin it is none, and as an end it is older than
 * the begin of every statement after it. So no old border ends, replaces or lowers a statement.
 */
export function borderRefusal(
  { open, newest }: Statements,
  { kind, sourceVersion }: Border,
): string | undefined {
  if (kind === 'snapshot-begin') {
    const isNewer = compareVersions(sourceVersion, newest) > 0
    return isNewer ? undefined : 'a border of this version or a newer one stood here before'
  }
  if (open === null) return 'no full statement of it is open'
  return compareVersions(sourceVersion, open) < 0
    ? 'it is older than the begin of the full statement that is open'
    : undefined
}

/** Takes note of a border that stood here, even where it is refused. */
export function noteBorder(before: Statements, { sourceVersion }: Border): Statements {
  const newest = laterVersion(before.newest, sourceVersion)
  return newest === before.newest ? before : { ...before, newest }
}

/** A confirmation goes to every partition, also to those in which its statement was not held. */
export function isConfirmedElsewhere(
  { open }: Statements,
  border: Border & { readonly confirmed?: true },
): boolean {
  return border.confirmed === true && open === null
}
