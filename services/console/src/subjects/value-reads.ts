import type { ChangeJson } from '@freshet/insight/answers'
import { subjectKey, type Clock } from '@freshet/protocol'
import { subjectReadEntry, type AuditLog } from '@freshet/wire'
import type { Context } from 'hono'
import { adminOf, maySeePersons } from '../admission/admission.ts'

/** Repeated reads of the same answer by the same admin within this time are one entry. */
export const READS_JOINED_MS = 600_000
/** Reads that are remembered; beyond it the oldest is forgotten, and its next repeat is an entry of its own. */
const READS_MAX = 1_000

/** A read of the values in a list of changes. */
export interface ValueRead {
  /** The name of the admin. */
  readonly by: string
  /** The answer with the values. */
  readonly answer: 'changes' | 'change' | 'subject' | 'stream'
  /** Tenant and key of the only subject; absent: values of many subjects. */
  readonly of?: { readonly tenant: string; readonly subject: string }
}

/**
 * Records reads of values in answers that pages ask for again and again: each admin and answer once in
 * {@link READS_JOINED_MS}.
 */
export class ValueReads {
  readonly #audit: AuditLog
  readonly #clock: Clock
  readonly #readMs = new Map<string, number>()

  constructor({ audit, clock }: { readonly audit: AuditLog; readonly clock: Clock }) {
    this.#audit = audit
    this.#clock = clock
  }

  /** Stores the entry of a read before the values leave. @throws `database.*`; then no value leaves */
  async record({ by, answer, of }: ValueRead): Promise<void> {
    const atMs = this.#clock.nowMs()
    const key = JSON.stringify([by, answer, of?.tenant, of?.subject])
    const lastMs = this.#readMs.get(key)
    if (lastMs !== undefined && atMs - lastMs < READS_JOINED_MS) return
    const { tenant = '*', subject = null } = of ?? {}
    await this.#audit.append([subjectReadEntry({ tenant, subject, by, atMs, detail: { answer } })])
    this.#readMs.delete(key)
    this.#readMs.set(key, atMs)
    const [oldest] = this.#readMs.keys()
    if (this.#readMs.size > READS_MAX && oldest !== undefined) this.#readMs.delete(oldest)
  }
}

/** Records that values of these changes are shown; nothing if none has values, or the role gets none. */
export async function recordShown(
  c: Context,
  reads: ValueReads,
  { answer, changes }: Pick<ValueRead, 'answer'> & { readonly changes: readonly ChangeJson[] },
): Promise<void> {
  const shown = changes.filter(({ changed }) => changed)
  const [first] = shown
  if (first === undefined || !maySeePersons(c)) return
  const { tenant } = first
  const [subject, ...others] = new Set(shown.map(keyOfSubject))
  const of = others.length === 0 && subject !== undefined ? { of: { tenant, subject } } : {}
  await reads.record({ by: adminOf(c).name, answer, ...of })
}

function keyOfSubject({ tenant, subject }: ChangeJson): string | undefined {
  return subject === null
    ? undefined
    : subjectKey({ tenant, iss: subject.iss, sub: subject.sub ?? '' })
}
