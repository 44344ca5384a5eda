import { expect, it } from 'vitest'
import { CLI_VERSION } from './cli-version.ts'
import { findDevStack, requireDevStack, type DevStack } from './dev-stack.ts'

/** Fails as Node does. */
function missing(message: string): () => Promise<DevStack> {
  return () => Promise.reject(Object.assign(new Error(message), { code: 'ERR_MODULE_NOT_FOUND' }))
}

const absent = missing("Cannot find package '@freshet/dev-stack' imported from /x/dev-stack.js")
const incomplete = missing(
  "Cannot find package 'express' imported from /x/node_modules/@freshet/dev-stack/dist/index.js",
)

it('a command that needs the package names it with its version', async () => {
  await expect(requireDevStack('demo', absent)).rejects.toMatchObject({
    message: 'freshet demo needs the package @freshet/dev-stack.',
    next: `npm install --save-dev @freshet/dev-stack@${CLI_VERSION}`,
  })
  expect(await findDevStack(absent)).toBeUndefined()
})

it('a package without one of its own dependencies is another error', async () => {
  await expect(findDevStack(incomplete)).rejects.toThrow("package 'express'")
})

it('control: the package is installed here', async () => {
  const { kafkaAvailability } = await requireDevStack('dev')
  expect(await kafkaAvailability({ KAFKA_BROKERS: 'k:9092' })).toMatchObject({ available: true })
})
