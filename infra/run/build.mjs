import { ensureBuilt } from './ensure.mjs'

await ensureBuilt()
console.log('built')
