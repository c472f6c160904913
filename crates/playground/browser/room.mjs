// Nothing is cut without a sign of it, however long a formula is and however narrow the page.
import assert from "node:assert/strict";

/** Losses with long formulas and notes, and the models. */
const LOSSES = [
  ["model=squares", "sum(max(0.9*r, -0.1*r)) where r = y - X*theta"],
  ["model=squares", "-sum(ln(w*exp(-(y-a)^2/2) + (1-w)*exp(-(y-b)^2/2))) where w = sigmoid(c) with a, b, c"],
  ["model=logistic", "-sum(y*(1-p)^2*ln(p) + (1-y)*p^2*ln(1-p)) where p = sigmoid(X*theta)"],
  ["model=poisson", "sum((y + 1/a)*ln(1 + a*mu) - y*ln(a*mu) + lgamma(1/a) - lgamma(y*y + 1/a)) where mu = exp(X*theta), a = exp(s) with theta[2], s"],
  ...["logistic", "probit", "poisson", "squares", "huber", "softmax", "network"].map((model) => [`model=${model}`, ""]),
];

const address = ([model, loss]) => loss ? `${model}&text=${encodeURIComponent(loss)}` : model;

export const room = ({ page, open }) => ({
  async "derivations are read as a whole on a wide page"() {
    for (const loss of LOSSES) {
      await open(address(loss));
      await page.waitForSelector("#steps tr");
      // What is cut isn't seen: the ends of the cells are compared with those of the box.
      const cut = await page.$$eval("#steps td", (cells) => cells.filter((cell) => {
        const range = document.createRange();
        range.selectNodeContents(cell);
        return range.getBoundingClientRect().right > cell.closest(".scroll").getBoundingClientRect().right + 1;
      }).map((cell) => cell.textContent));
      assert.deepEqual(cut, [], loss.join(" "));
    }
    // Short formulas stand beside each other.
    await open("model=logistic");
    await page.waitForSelector("#steps.beside tr");
  },

  async "on a phone, what is cut has a shadow and is scrolled to"() {
    await page.setViewportSize({ width: 390, height: 844 });
    let cut = 0;
    for (const loss of LOSSES) {
      await open(address(loss));
      await page.waitForSelector("#steps tr");
      for (const box of await page.locator("#steps .scroll, #tape-picture").all()) {
        const [hidden, style] = await box.evaluate((node) => {
          const { overflowX, backgroundAttachment } = getComputedStyle(node);
          return [node.scrollWidth - node.clientWidth, `${overflowX} ${backgroundAttachment}`];
        });
        assert.equal(style, "auto local, local, scroll, scroll");
        assert.equal(await box.evaluate((node) => node.scrollLeft), 0);
        if (hidden > 40) cut += 1;
        if (hidden < 40 || await shade(box, "right") > await shade(box, "left") + 20) continue;
        assert.fail(`no shadow at the right end: ${loss.join(" ")}`);
      }
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert(wide <= 0, `${wide} pixels too wide`);
      const heads = await page.$$eval("#check .scroll, #tails .scroll", (boxes) => boxes.map((box) => box.scrollWidth - box.clientWidth));
      assert(heads.every((hidden) => hidden <= 0), `${heads} of tables: ${loss.join(" ")}`);
      // What letters mean wraps.
      const letters = await page.$$eval("#steps .letters .scroll", (boxes) => boxes.map((box) => box.scrollWidth - box.clientWidth));
      assert(letters.every((hidden) => hidden <= 0), `${letters}: ${loss.join(" ")}`);
    }
    // The models at the start have a sign that there are more.
    await open("model=logistic");
    const mask = await page.locator("#models").evaluate((node) => getComputedStyle(node).maskImage);
    assert(mask.startsWith("linear-gradient"), mask);
    assert(cut > 5, `${cut} boxes were cut`);
    await page.setViewportSize({ width: 1280, height: 900 });
  },

  async "θ has sliders on a phone"() {
    await page.setViewportSize({ width: 390, height: 844 });
    for (const model of ["logistic", "network"]) {
      await open(`model=${model}`);
      const before = await page.textContent("#loss-value");
      for (const slider of await page.locator("#parameters input[type=range]").all()) {
        const { x, width, height } = await slider.boundingBox();
        assert(x >= 0 && x + width <= 390 && width >= 90 && height >= 30, `${x} ${width} ${height}`);
      }
      await page.locator("#parameters input[type=range]").first().click({ position: { x: 80, y: 16 } });
      assert.notEqual(await page.textContent("#loss-value"), before);
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  },
});

/** How blue the end of a box is on average, beyond how red it is. */
async function shade(box, end) {
  const png = (await box.screenshot()).toString("base64");
  return box.evaluate(async (_, [png, end]) => {
    const picture = new Image();
    picture.src = `data:image/png;base64,${png}`;
    await picture.decode();
    const canvas = new OffscreenCanvas(4, picture.height);
    const pen = canvas.getContext("2d");
    pen.drawImage(picture, end === "left" ? 0 : 4 - picture.width, 0);
    const { data } = pen.getImageData(0, 0, 4, picture.height);
    let sum = 0;
    for (let at = 0; at < data.length; at += 4) sum += data[at + 2] - data[at];
    return sum / (data.length / 4);
  }, [png, end]);
}
