import { createDatabase } from '@freshet/postgres'
import type { Stack } from '../../packages/cli/src/stack/stack.ts'
import { cliFolder, type Ended } from './cli.ts'

/** The members that tests read in the answers of the verbs about tokens and the audit. */
interface Answers {
  readonly items: readonly { readonly kind: string; readonly n: string; readonly jti: string }[]
  readonly streams: readonly {
    readonly firstBad: object | null
    readonly head: { readonly n: string } | null
  }[]
  readonly issuance: { readonly claims: readonly object[] } | null
}

/** The CLI at a stack, and a connection to its database. */
export interface AuditCli extends AsyncDisposable {
  freshet(...args: readonly string[]): Promise<Ended>
  /** Returns the JSON of an answer. */
  json(...args: readonly string[]): Promise<Answers>
  /** Edits an entry of stream `tokens`, as an owner of the table can. */
  edit(n: string): Promise<void>
}

/** Opens both. */
export async function auditCli(stack: Stack): Promise<AuditCli> {
  const cli = await cliFolder(stack)
  return {
    freshet: (...args) => cli.freshet(...args),
    async json(...args) {
      const { out, err } = await cli.freshet(...args, '-o', 'json')
      if (out === '') throw new Error(err)
      return JSON.parse(out) as Answers
    },
    async edit(n) {
      const { url } = stack.describe().postgres
      await using db = createDatabase({ url, max: 1, applicationName: 'freshet-test' })
      const text = `
        ALTER TABLE audit_entry DISABLE TRIGGER USER;
        UPDATE audit_entry SET entry = replace(entry, '"pv":1', '"pv":2')
          WHERE stream = 'tokens' AND n = ${BigInt(n)};
        ALTER TABLE audit_entry ENABLE TRIGGER USER`
      await db.query({ name: '', text })
    },
    [Symbol.asyncDispose]: () => cli.dispose(),
  }
}
