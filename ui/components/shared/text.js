// Replaces "{count} of {total}" with the values.
const fillIn = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => values[name]);
