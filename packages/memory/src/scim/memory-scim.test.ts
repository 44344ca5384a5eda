import { registerScimContract } from '@freshet/testkit'
import type { ScimStore } from '@freshet/scim'
import { memoryScimStore } from './memory-scim.ts'

registerScimContract('memory', () => {
  const stores = new Map<string, ScimStore>()
  return Promise.resolve((tenant, source) => {
    const key = JSON.stringify([tenant, source])
    const store = stores.get(key) ?? memoryScimStore()
    stores.set(key, store)
    return store
  })
})
