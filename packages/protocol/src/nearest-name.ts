/** A name at a larger distance than this is no misspelling but another name. */
const FAR = 4

/**
 * The known name that takes the fewest single-letter edits, if one is near: at most four, and at
 * most half of the letters of the name.
 */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  let best: { name: string; edits: number } | undefined
  const far = Math.min(FAR, Math.max(1, Math.floor(name.length / 2)))
  for (const candidate of known) {
    const edits =
      Math.abs(candidate.length - name.length) > far ? far + 1 : editsBetween(name, candidate)
    if (edits <= far && (best === undefined || edits < best.edits))
      best = { name: candidate, edits }
  }
  return best?.name
}

/** The question after a name that is not known; empty if no known name is near. */
export function nearestHint(name: string, known: Iterable<string>): string {
  const nearest = nearestName(name, known)
  return nearest === undefined ? '' : ` Did you mean ${nearest}?`
}

/** Levenshtein distance, row by row. */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
