import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import nodeProcess from 'node:process'
import { fileURLToPath } from 'node:url'
import { jsonSchemaFiles } from '@freshet/wire/schemas'
import { ASYNC_API_FILE, asyncApiText } from '../topics/async-api.ts'
import { registryJsonSchema, REGISTRY_SCHEMA_FILE } from './registry-json-schema.ts'

// `node packages/registry/dist/schema/generate-schemas.js` writes schemas/*.schema.json and schemas/asyncapi.yaml; with `--check` it writes
// nothing and exits 1 if a file differs from the code.
const folder = new URL('../../../../schemas/', import.meta.url)
const topics = new URL('../../../../infra/topics.yaml', import.meta.url)
const files = new Map([
  ...jsonSchemaFiles(),
  [ASYNC_API_FILE, asyncApiText(readFileSync(topics, 'utf8'))],
  [REGISTRY_SCHEMA_FILE, `${JSON.stringify(registryJsonSchema(), null, 2)}\n`],
])

if (nodeProcess.argv.includes('--check')) {
  const stale = [...files].filter(([name, text]) => stored(name) !== text)
  for (const [name] of stale)
    nodeProcess.stderr.write(`schemas/${name} is not what the code says\n`)
  if (stale.length > 0) nodeProcess.exitCode = 1
} else {
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of files) writeFileSync(new URL(name, folder), text)
  nodeProcess.stdout.write(`wrote ${files.size} schemas to ${fileURLToPath(folder)}\n`)
}

function stored(name: string): string | undefined {
  try {
    return readFileSync(new URL(name, folder), 'utf8')
  } catch {
    return undefined
  }
}
