import { beforeEach, describe } from 'vitest'
import { registerAccepting } from './intake-accept-contract.ts'
import { registerEpochs } from './intake-epoch-contract.ts'
import { registerSeveralGateways } from './intake-gateways-contract.ts'
import { registerVouching } from './intake-heartbeat-contract.ts'
import { registerVouchingForMany } from './intake-heartbeats-contract.ts'
import { registerOwnChanges } from './intake-own-contract.ts'
import { registerRestoring } from './intake-restore-contract.ts'
import { intakeWorld, type IntakeWorld, type StampStoreUnderTest } from './intake-world.ts'

/**
 * The contract of a store of stamps, as the gateways use it: rules 34 to 37, with crashes between
 * any two steps, unknown outcomes, gateways that work at once, zombies and restores.
 */
export function registerIntakeContract(
  name: string,
  make: () => Promise<StampStoreUnderTest>,
): void {
  describe(`stamps in ${name}`, () => {
    let under: StampStoreUnderTest
    let world: IntakeWorld
    beforeEach(async () => {
      under = await make()
      world = intakeWorld(under)
    })
    const get = { under: () => under, world: () => world }
    registerAccepting(get)
    registerSeveralGateways(get)
    registerRestoring(get)
    registerVouching(get)
    registerVouchingForMany(get)
    registerOwnChanges(get)
    registerEpochs(get)
  })
}
