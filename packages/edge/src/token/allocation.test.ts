import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

/** Judges the same claims many times in a process of its own: a test runner wraps imports, which allocates. */
const MEASURE = `
import { edgesIn, edgeWorld } from '@freshet/testkit'
const world = await edgeWorld()
const edges = edgesIn(world)
const edge = await edges.live()
const { claims } = await edge.verify(world.token())
const judge = (times) => { for (let i = 0; i < times; i++) edge.judge(claims) }
judge(100_000)
const grown = Array.from({ length: 30 }, () => {
  gc()
  const before = process.memoryUsage().heapUsed
  judge(100_000)
  return process.memoryUsage().heapUsed - before
})
await edges.closeAll()
console.log(Math.min(...grown))
`

it('judge allocates nothing while all is fresh', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', '--input-type=module', '--eval', MEASURE],
    { cwd: import.meta.dirname },
  )
  // The smallest object for each judgement would be 1.6 MB.
  expect(Number(stdout)).toBeLessThan(200_000)
})
