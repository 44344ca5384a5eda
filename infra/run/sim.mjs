import { root } from './child.mjs'
import { ensureBuilt } from './ensure.mjs'

await ensureBuilt()
await import(`${root}test/simulation/dist/main.js`)
