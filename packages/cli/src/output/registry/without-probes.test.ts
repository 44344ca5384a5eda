import { expect, it } from 'vitest'
import { fixedRegistry } from '../../../test/fixed-lists.ts'
import { withoutProbes } from './registry-text.ts'

it('the entries of probes are left out, and all others stay', () => {
  const [tenant] = fixedRegistry.tenants
  const [claim] = fixedRegistry.claims
  if (!tenant || !claim) throw new Error('no entries')
  const more = {
    ...fixedRegistry,
    tenants: [tenant, { ...tenant, tenant: 'probe' }],
    claims: [claim, { ...claim, claim: 'canary', source: 'probe' }],
    clients: [...fixedRegistry.clients, { client: 'probe', tenant: 'probe', audiences: [] }],
  }
  expect(withoutProbes(more, 'probe')).toEqual(fixedRegistry)
})
