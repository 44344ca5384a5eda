import type { MarkLimit, MarkStore } from '@freshet/reconciler'

/** Makes the marks that wait, step by step, and answers how many steps that took. */
export async function markAll(
  marks: MarkStore,
  limit: Omit<MarkLimit, 'after'> = { rows: 1_000, marks: 250 },
): Promise<number> {
  let after = ''
  for (let steps = 0; ; steps++) {
    const step = await marks.markSome({ ...limit, after })
    if (step === undefined) return steps
    after = step.tenant
  }
}
