// Guaraníes in words, as a cheque says them. Zero to 9.999.999.999.

const ES = {
  small: [
    "", "un", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce", "trece",
    "catorce", "quince", "dieciséis", "diecisiete", "dieciocho", "diecinueve", "veinte", "veintiún", "veintidós",
    "veintitrés", "veinticuatro", "veinticinco", "veintiséis", "veintisiete", "veintiocho", "veintinueve",
  ],
  tens: ["", "", "", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"],
  hundreds: [
    "", "ciento", "doscientos", "trescientos", "cuatrocientos", "quinientos", "seiscientos", "setecientos",
    "ochocientos", "novecientos",
  ],
};
const EN = {
  small: [
    "", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
  ],
  tens: ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"],
};

const join = (parts, by = " ") => parts.filter(Boolean).join(by);
const split = (number, by) => [Math.floor(number / by), number % by];

// Before a masculine noun, as mil, millones and guaraníes are: un, veintiún, treinta y un.
function spanish(number) {
  const [millions, rest] = split(number, 1000000);
  const [thousands, units] = split(rest, 1000);
  const thousand = thousands > 1 ? `${hundredsEs(thousands)} mil` : thousands && "mil";
  const million = millions > 1 ? `${spanish(millions)} millones` : millions && "un millón";
  return join([million, thousand, hundredsEs(units)]);
}

function hundredsEs(number) {
  if (number === 100) return "cien";
  const [hundreds, rest] = split(number, 100);
  if (rest < ES.small.length) return join([ES.hundreds[hundreds], ES.small[rest]]);
  const [tens, units] = split(rest, 10);
  return join([ES.hundreds[hundreds], join([ES.tens[tens], ES.small[units]], " y ")]);
}

function english(number) {
  const scales = [[1000000000, "billion"], [1000000, "million"], [1000, "thousand"]];
  const [size, scale] = scales.find(([size]) => number >= size) ?? [];
  if (!size) return hundredsEn(number);
  const [count, rest] = split(number, size);
  return join([`${hundredsEn(count)} ${scale}`, rest && (rest < 100 ? `and ${hundredsEn(rest)}` : english(rest))]);
}

function hundredsEn(number) {
  const [hundreds, rest] = split(number, 100);
  const [tens, units] = split(rest, 10);
  const small = rest < EN.small.length ? EN.small[rest] : join([EN.tens[tens], EN.small[units]], "-");
  return join([hundreds && `${EN.small[hundreds]} hundred`, small], " and ");
}

const LANGUAGES = {
  es(number) {
    const noun = number === 1 ? "guaraní" : "guaraníes";
    return `${spanish(number) || "cero"} ${number && number % 1000000 === 0 ? "de " : ""}${noun}`;
  },
  en: (number) => `${english(number) || "zero"} ${number === 1 ? "guaraní" : "guaraníes"}`,
};

export const inWords = (number, language) => LANGUAGES[language](number);
