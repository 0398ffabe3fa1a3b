import { shallowRef } from 'vue'

/** The project whose keeping is looked at, asked for from anywhere on the page. */
export const retentionOf = shallowRef<string>()
