import { shallowRef } from 'vue'

/** The project whose conversations on its machine are looked through, asked for from anywhere on the page. */
export const foundOf = shallowRef<string>()
