import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { runVisibly, tool } from './child.mjs'
import { ensureBuilt } from './ensure.mjs'

/** The head of the witness's report. */
const HEAD = `
| fault | it lasted | fresh again after it | of it with every leader | longest unverified | removal to refusal, p50 | at most | removals | let in past D |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
`

/** Every fault of three brokers and of Postgres, one after the other, and what the witness saw. */
async function main(args) {
  await ensureBuilt()
  const dir = await mkdtemp(`${tmpdir()}/freshet-failover-`)
  try {
    const report = `${dir}/report.md`
    const vitest = tool('vitest/vitest.mjs', ['run', '--project=kafka', 'test/failover', ...args])
    const code = await runVisibly(...vitest, { env: { FAILOVER_REPORT: report } })
    console.log(HEAD.trimEnd())
    console.log(await readFile(report, 'utf8').catch(() => ''))
    process.exitCode = code
  } finally {
    await rm(dir, { recursive: true })
  }
}

await main(process.argv.slice(2))
