// "{count} of {total}" with the values in place of the braces.
const fillIn = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => values[name]);
