import { startCli } from './start-cli.mjs'

await startCli('dev')
