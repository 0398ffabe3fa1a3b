import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { Device } from '../services/device.ts'
import type { Lists } from '../services/tailStorage.ts'
import type { Tail } from '../services/tailRules.ts'
import { rememberPerson } from '../services/person.ts'
import { useConnectionStore } from './connectionStore.ts'

/** What this browser keeps for the person who is signed in. Reading fails quietly: the relay has everything. */
export const useDeviceStore = defineStore('device', () => {
  const connection = useConnectionStore()
  const opening = shallowRef<Promise<Device>>()

  /** The device is being opened; what is asked meanwhile waits for it. */
  function expect(device: Promise<Device>): void {
    opening.value = device
  }

  async function withPerson<T>(act: (device: Device, person: string) => Promise<T>): Promise<T | undefined> {
    const person = connection.personId
    if (opening.value === undefined || person === undefined) return undefined
    try {
      return await act(await opening.value, person)
    } catch (error) {
      console.info('What was read could not be kept on this device, or not be read from it.', error)
      return undefined
    }
  }

  /** Nobody is signed in here any more: what was read goes, drafts and unsent messages stay for their writer. */
  async function signOut(): Promise<void> {
    const erased = withPerson((device) => device.tails.erase())
    connection.personId = undefined // from here on nothing is kept
    rememberPerson(undefined)
    await erased
  }

  return {
    opening,
    expect,
    signOut,
    /** What was read goes from this device; drafts and unsent messages stay. */
    forgetRead: () => withPerson((device) => device.tails.erase()),
    loadTail: (sessionId: string) => withPerson((device, person) => device.tails.load(person, sessionId)),
    saveTail: (tail: Tail) => withPerson((device, person) => device.tails.save(person, tail, Date.now())),
    dropTail: (sessionId: string) => withPerson((device, person) => device.tails.drop(person, sessionId)),
    keepProjects: (ids: ReadonlySet<string>) => withPerson((device, person) => device.tails.keepProjects(person, ids)),
    loadLists: () => withPerson((device, person) => device.tails.loadLists(person)),
    saveLists: (lists: Lists) => withPerson((device, person) => device.tails.saveLists(person, lists)),
  }
})
