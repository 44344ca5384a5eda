import { run } from './system/run.ts'

process.exitCode = await run(process.argv.slice(2))
