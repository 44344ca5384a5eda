import { it } from 'vitest'
import { exploreGateway } from './gateway-explorer.ts'
import { KEPT } from './rules.ts'
it('x', async () => {
  const found: string[] = []
  const c = process.cpuUsage()
  const n = Number(process.env.N ?? 300)
  for (let seed = 1; seed <= n; seed++) {
    const run = await exploreGateway(seed, KEPT)
    const [v] = run.violations
    if (v) found.push(`${seed}:${v.kind}@${v.atMs} ${v.what}`)
  }
  const u = process.cpuUsage(c)
  console.log((u.user + u.system) / 1000, n, found.length, '\n' + found.slice(0, 16).join('\n'))
}, 2000000)
