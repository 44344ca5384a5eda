import { defineConfig } from 'vitest/config'

const conditions = ['source', 'node', 'development|production']

/** A soak is no suite of `npm test`: `npm run soak` runs it. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    root: `${import.meta.dirname}/../..`,
    include: ['test/soak/run.ts'],
    pool: 'forks',
    globalSetup: ['test/soak/no-brokers.ts'],
    env: { NODE_ENV: 'production', KAFKAJS_NO_PARTITIONER_WARNING: '1' },
  },
})
