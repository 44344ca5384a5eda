/**
 * Returns a document whose objects have no members but those that it names. Documents leave objects open, because
 * later versions add members; a test closes them, so that each member of an answer is in the document.
 */
export function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed)
  if (typeof node !== 'object' || node === null) return node
  const entries = Object.entries(node).map(([key, value]): [string, unknown] => [
    key,
    key === 'allOf' ? value : closed(value),
  ])
  const inside = Object.fromEntries(entries)
  const isOpen =
    inside['type'] === 'object' &&
    typeof inside['properties'] === 'object' &&
    inside['additionalProperties'] === undefined
  return isOpen ? { ...inside, additionalProperties: false } : inside
}
