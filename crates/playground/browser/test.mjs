// The page in a browser: clicks, drags, types and reads, and compares what it reads with the native engine, digit by digit.
//
//   node test.mjs PAGE_FOLDER [SCREENSHOT_FOLDER]
//
// NATIVE is the program `numbers` of the examples; without it the numbers are read, but not compared. CHROMIUM is the browser. Times are
// printed; FIGURES=1 makes a test fail where they are too long, which they are on a machine that does other things too.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chromium } from "playwright-core";
import { labels, ticks } from "../page/draw.js";
import { room } from "./room.mjs";
import { serve } from "./serve.mjs";
import { visits } from "./visits.mjs";

/** No sandbox, as in a container; and nothing that browsers do by themselves. */
const QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

const [folder, pictures] = process.argv.slice(2);
const { server, address } = await serve(folder);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: QUIET });
const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
const page = await context.newPage();
const complaints = [];
page.on("console", (message) => { if (message.type() === "error") complaints.push(message.text()); });
page.on("pageerror", (error) => complaints.push(error.stack));
page.on("request", (request) => { if (!/^(http:\/\/127\.0\.0\.1|data:|blob:)/.test(request.url())) complaints.push(`asks for ${request.url()}`); });

const figures = process.env.FIGURES === "1";

/** What the page showed, by address, to be compared with the native engine. */
const seen = [];

async function open(fragment) {
  await page.goto("about:blank");
  await page.goto(`${address}#${fragment}`);
  await page.waitForSelector("body[data-ready]");
}

/** Where something is. The plots are drawn anew while they settle: what is looked at may just be gone. */
async function box_of(selector) {
  await page.locator(selector).waitFor();
  for (let turn = 0; turn < 100; turn += 1) {
    const box = await page.locator(selector).boundingBox();
    if (box) return box;
    await page.waitForTimeout(20);
  }
  assert.fail(`nowhere: ${selector}`);
}

const text = (selector) => page.textContent(selector);
const derivatives = () => page.$$eval("#parameters .derivative", (cells) => cells.map((cell) => cell.textContent));

/** Remembers the numbers on the page. */
async function see() {
  await page.waitForTimeout(250);
  const fragment = new URL(page.url()).hash.slice(1);
  seen.push({ fragment, loss: await text("#loss-value"), gradient: await derivatives() });
}

async function picture(name, options = {}) {
  if (pictures) await page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true, ...options });
}

const tests = {
  ...visits({ page, open, text }),
  ...room({ page, open }),

  async "the first picture is there within a second"() {
    await open("model=logistic");
    const drawn = await page.evaluate(() => performance.getEntriesByName("drawn")[0].startTime);
    console.log(`  first picture after ${drawn.toFixed(0)} ms`);
    assert(!figures || drawn < 1000, `${drawn} ms`);
  },

  async "every model is chosen by a click and shows its numbers"() {
    for (const model of ["logistic", "probit", "poisson", "squares", "huber", "softmax", "network"]) {
      await page.click(`[data-model=${model}]`);
      assert.equal(await page.getAttribute(`[data-model=${model}]`, "aria-pressed"), "true");
      assert.equal(await text("#mistake"), "");
      await see();
      await picture(`model-${model}`);
    }
  },

  async "a point and θ are dragged within a frame at 200 points"() {
    await open("model=logistic&n=200&theta=0.4,1");
    await see();
    const drag = async (from, by) => {
      const box = await box_of(from);
      const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
      await page.mouse.move(x, y);
      await page.mouse.down();
      for (let step = 1; step <= 20; step += 1) await page.mouse.move(x + by[0] * step / 20, y + by[1] * step / 20);
      await page.mouse.up();
    };
    const before = await text("#loss-value");
    await page.evaluate(() => performance.clearMeasures());
    await drag("circle[data-row='7']", [60, 0]);
    const between = await text("#loss-value");
    assert.notEqual(between, before);
    await drag("#surface-plot circle.theta", [-40, -60]);
    assert.notEqual(await text("#loss-value"), between);
    const times = await page.evaluate(() => performance.getEntriesByName("drag").map((entry) => entry.duration).sort((a, b) => a - b));
    assert(times.length > 20, `${times.length} drags`);
    const at = (share) => times[Math.floor(share * (times.length - 1))].toFixed(2);
    console.log(`  ${times.length} drags: median ${at(0.5)} ms, 95 % ${at(0.95)} ms, longest ${at(1)} ms`);
    assert(!figures || Number(at(0.95)) < 16, "slower than a frame");
    await see();
  },

  async "a loss is typed, its mistakes are underlined, and the address keeps it"() {
    await open("model=squares");
    await page.fill("#loss-text", "sum(|y - mu| + sigmoidd(mu)) where mu = X*theta");
    assert.match(await text("#mistake"), /no function `sigmoidd`.*did you mean `sigmoid`/);
    assert.equal(await text("#loss-marks .wrong"), "sigmoidd");
    await picture("mistake");
    await page.fill("#loss-text", "sum(ln(cosh(y - mu))) + theta*theta where mu = X*theta");
    assert.match(await text("#mistake"), /not one number/);
    await page.fill("#loss-text", "sum(ln(cosh(y - mu))) + 0.1*sum(theta^2) where mu = X*theta");
    assert.equal(await text("#mistake"), "");
    await page.fill("#parameters input[type=number]", "1.75");
    await see();
    const [loss, url] = [await text("#loss-value"), page.url()];
    await page.goto("about:blank");
    await page.goto(url);
    await page.waitForSelector("body[data-ready]");
    assert.equal(await text("#loss-value"), loss);
  },

  async "what can't be read leaves the rest of the page as it was, and is underlined"() {
    for (const [written, wrong] of [["sum(“x”*theta[0])", "“"], ["60דַ + `", "`"], ["sum(y - x♥)", "♥"], ["sum(x", " "], ["sum(\u202ex)", "\u202e"]]) {
      await open("model=squares&theta=0.5,1");
      const rest = () => page.$$eval("#numbers, #data-plot, #surface-plot, #tape, #steps", (parts) => parts.map((part) => part.innerHTML).join());
      await page.waitForTimeout(300);
      const before = await rest();
      await page.fill("#loss-text", written);
      await page.waitForTimeout(200);
      assert.equal(await text("#loss-marks .wrong"), wrong);
      assert.equal(await rest(), before, written);
      // An address of such a loss comes with a picture, too.
      await open(`model=squares&theta=7&text=${encodeURIComponent(written)}`);
      assert.match(await text("#mistake"), /\S/);
      assert.equal(await page.locator("#data-plot circle").count(), 40);
      const [x, y] = await page.$eval("#surface-plot .theta", (dot) => [Number(dot.getAttribute("cx")), Number(dot.getAttribute("cy"))]);
      assert(x > 10 && y > 10, `θ stands at ${x}, ${y}`);
      assert.equal(await page.inputValue("#loss-text"), written);
    }
  },

  async "the loss of one parameter is a curve that the ways walk on"() {
    await open(`model=squares&theta=-1.5&text=${encodeURIComponent("mean((y - x*b)^2) with b")}`);
    assert.equal(await text("#surface-title"), "Loss curve");
    assert.match(await text("#surface-plot"), /b →.*↑ loss/);
    assert.match(await text("#surface-legend"), /θ.*downhill.*loss/);
    for (const way of ["gradient", "newton", "lbfgs"]) await page.click(`[data-way=${way}]`);
    // Every step stands on the curve.
    const path = await page.getAttribute("#surface-plot path.curve", "d");
    const points = path.slice(1).split("L").map((point) => point.split(" ").map(Number));
    const steps = await page.$$eval("#surface-plot circle.newton, #surface-plot circle.gradient-way, #surface-plot circle.theta",
      (dots) => dots.map((dot) => [Number(dot.getAttribute("cx")), Number(dot.getAttribute("cy"))]));
    assert(steps.length > 5);
    for (const [x, y] of steps) {
      const next = points.findIndex(([at]) => at >= x);
      const [[a, low], [b, high]] = [points[next - 1], points[next]];
      assert(Math.abs(low + (high - low) * (x - a) / (b - a) - y) < 2, `${x} ${y}`);
    }
    const before = await text("#loss-value");
    await page.focus("#surface-plot");
    await page.keyboard.press("Shift+ArrowRight");
    assert(Number(await text("#loss-value")) < Number(before));
    await see();
    await picture("curve");
    // Where the loss is no number, the legend says so.
    await page.fill("#loss-text", "sum((y - x*ln(b))^2) with b");
    assert.match(await text("#surface-legend"), /the loss is no number/);
    await page.click("[data-model=logistic]");
    assert.equal(await text("#surface-title"), "Loss surface");
    assert.match(await text("#surface-legend"), /equal loss/);
    assert.match(await text("#data-legend"), /y = 0.*y = 1.*p/);
  },

  async "the slider and the number beside it say how many points there are"() {
    for (const [fragment, count] of [["n=1000", 1000], ["n=1", 1], ["n=200", 200], ["points=1,1;2,0;0,0", 3]]) {
      await open(`model=logistic&${fragment}`);
      assert.deepEqual([await page.inputValue("#count"), await text("#count-value")], [String(count), String(count)]);
    }
    await open("model=squares");
    await page.dblclick("#data-plot", { position: { x: 60, y: 60 } });
    assert.deepEqual([await page.inputValue("#count"), await text("#count-value")], ["41", "41"]);
  },

  async "long losses are answered within half a second"() {
    const many = (count, part, sign) => `sum(${Array.from({ length: count }, (_, place) => part(place + 1)).join(sign)})`;
    for (const written of [many(100, (k) => `(y - ${k}*x*theta[0])`, "*"), many(60, (k) => `1/(${k} + x*theta[0])`, " + "), many(60, (k) => `y/(1 + ${k}*x*theta[0]^2)`, " + ")]) {
      await open("model=squares");
      const longest = await page.evaluate(async (written) => {
        let longest = 0;
        new PerformanceObserver((list) => { longest = Math.max(longest, ...list.getEntries().map((entry) => entry.duration)); }).observe({ entryTypes: ["longtask"] });
        const field = document.getElementById("loss-text");
        field.value = written;
        field.dispatchEvent(new Event("input", { bubbles: true }));
        await new Promise((done) => setTimeout(done, 2000));
        return longest;
      }, written);
      console.log(`  longest task ${longest} ms`);
      assert.match(await text("#not-derived"), /too long/);
      assert(!figures || longest < 500, `${longest} ms`);
    }
  },

  async "tables are one stop of the Tab key, and arrow keys go through them"() {
    await open("model=logistic");
    await page.waitForTimeout(300);
    for (const rows of ["#tape tbody tr", "#steps tr[data-node]"]) {
      assert((await page.locator(rows).count()) > 3);
      assert.equal(await page.$$eval(rows, (all) => all.filter((row) => row.tabIndex === 0).length), 1, rows);
      await page.locator(rows).first().focus();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("ArrowDown");
      assert.equal(await page.$$eval(rows, (all) => all.indexOf(document.activeElement)), 2, rows);
      assert.equal(await page.locator("#tape tbody tr.lit").count(), 1);
      await page.keyboard.press("End");
      await page.keyboard.press("ArrowDown");
      assert.equal(await page.$$eval(rows, (all) => all.indexOf(document.activeElement) - all.length), -1, rows);
      assert.equal(await page.$$eval(rows, (all) => all.filter((row) => row.tabIndex === 0).length), 1, rows);
    }
  },

  async "a parameter is typed digit by digit"() {
    const field = "#parameters input[type=number]";
    for (const typed of ["0.05", "-0.25", "10.001"]) {
      await open("model=logistic");
      await page.click(field, { clickCount: 3 });
      await page.keyboard.type(typed);
      assert.equal(await page.inputValue(field), typed);
      await page.waitForFunction((theta) => location.hash.includes(theta), `theta=${typed},`);
    }
    // A field that was left empty shows the parameter again.
    await page.fill(field, "");
    await page.click("h1");
    assert.equal(await page.inputValue(field), "10.001");
  },

  async "θ goes to the lowest end of the ways"() {
    await open("model=squares");
    assert(await page.isDisabled("#go"));
    for (const way of ["newton", "gradient"]) await page.click(`[data-way=${way}]`);
    const lowest = Math.min(...(await page.$$eval("#walks li", (ways) => ways.map((way) => Number(/loss ([^;]+);/.exec(way.textContent)[1].replace("−", "-"))))));
    await page.click("#go");
    assert(Math.abs(Number(await text("#loss-value")) - lowest) < 1e-5 * Math.abs(lowest));
  },

  async "hostile addresses and losses leave the page alive"() {
    const long = encodeURIComponent(`sum(x*theta[0]${" + x*theta[1]".repeat(200)})`);
    for (const fragment of ["%", "theta=NaN,1e400&points=NaN,1;2", "model=__proto__&axes=-1,9e99&zoom=0", "points=1e100,1e100&theta=1e100,-1e100",
      "text=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E", "text=sum(exp(exp(exp(x*theta))))%20with%20theta&theta=9", `text=${long}`,
      `text=${encodeURIComponent("(".repeat(3000))}`, "text=sum(ln(-1%20-%20theta%5E2))", "n=-5&text="]) {
      await open(fragment);
      await page.waitForTimeout(200);
      assert.equal(await page.locator("#models [aria-pressed=true]").count(), 1, fragment);
      assert.equal(await page.locator("img").count(), 0, fragment);
      for (const shown of [await text("#mistake"), await text("#trouble"), await text("#not-checked"), await text("#not-derived")])
        assert(shown.length < 250 && !/\.rs|::/.test(shown), `${fragment}: ${shown}`);
    }
    await open(`text=${long}`);
    assert.match(await text("#not-drawn"), /too many to be drawn/);
    assert((await page.locator("#tape tbody tr").count()) > 400);
    // What was typed is undone as in any text.
    await open("model=squares");
    const before = await page.inputValue("#loss-text");
    await page.focus("#loss-text");
    await page.keyboard.type("½·(");
    assert.match(await text("#mistake"), /\S/);
    for (let times = 0; times < 8; times += 1) await page.keyboard.press("Control+z");
    assert.equal(await page.inputValue("#loss-text"), before);
    assert.equal(await text("#mistake"), "");
  },

  async "a loss is read as it is written on paper"() {
    await open("model=squares&theta=0.5,1");
    const loss = await text("#loss-value");
    for (const written of ["mean((y − X·θ)²)", "mean((y - theta[0] - theta[1]*x)^2)", "mean(r²) where r = y − μ, μ = Xθ"]) {
      await page.fill("#loss-text", written);
      if (written.includes("Xθ")) {
        assert.match(await text("#mistake"), /to multiply, write `X\*θ`/);
      } else {
        assert.equal(await text("#mistake"), "");
        assert(Math.abs(Number(await text("#loss-value")) - Number(loss)) < 1e-12);
      }
    }
  },

  async "everything works by keyboard"() {
    await open("model=logistic&theta=0.4,1");
    const loss = () => text("#loss-value");
    let before = await loss();
    await page.focus("#data-plot");
    await page.keyboard.press("PageUp");
    await page.keyboard.press("ArrowRight");
    assert.notEqual(await loss(), before);
    assert.match(await text("#point"), /point 2 of 40/);
    for (let step = 0; step < 40; step += 1) await page.keyboard.press("Shift+ArrowRight");
    assert.match(await text("#point"), /x = 4,/, "a point stays in the picture");
    before = await loss();
    await page.keyboard.press("Delete");
    assert.notEqual(await loss(), before);
    before = await loss();
    await page.keyboard.press("Delete");
    assert.equal(await loss(), before, "no point is chosen");
    // The keys go on where they were: beside the point that is gone.
    assert.match(await text("#point"), /point 2 is removed, 39 are left/);
    assert.equal(await page.evaluate(() => document.activeElement.id), "data-plot");
    await page.keyboard.press("PageUp");
    assert.match(await text("#point"), /point 2 of 39/);
    await page.keyboard.press("Escape");
    await page.keyboard.press("PageUp");
    assert.match(await text("#point"), /point 3 of 39/);
    await page.focus("#surface-plot");
    await page.keyboard.press("Shift+ArrowUp");
    assert.notEqual(await loss(), before);
    await see();
    const unnamed = await page.$$eval("button, input, select, textarea", (all) => all.filter((control) =>
      !(control.textContent.trim() || control.getAttribute("aria-label") || control.labels?.length)).map((control) => control.outerHTML));
    assert.deepEqual(unnamed, []);
  },

  async "the methods walk to the same minimum"() {
    await open("model=logistic&theta=-1,-1.5");
    for (const way of ["gradient", "newton", "lbfgs"]) await page.click(`[data-way=${way}]`);
    const ends = await page.$$eval("#walks li", (items) => items.map((item) => item.textContent));
    assert.equal(ends.length, 3);
    const losses = ends.map((end) => Number(/loss ([\d.]+)/.exec(end)[1]));
    assert(Math.abs(losses[1] - losses[2]) < 1e-4, ends.join("; "));
    await page.waitForTimeout(200);
    await picture("walks");
    await page.click("#go");
    await see();
    for (const derivative of await derivatives()) assert(Math.abs(Number(derivative)) < 1e-4, derivative);
  },

  async "gradient descent begins with a rate that goes down, and the slider takes another"() {
    for (const model of ["logistic", "probit", "poisson", "squares", "huber", "softmax", "network"]) {
      await open(`model=${model}`);
      const before = Number(await text("#loss-value"));
      await page.click("[data-way=gradient]");
      await page.waitForSelector("#walks li");
      assert.match(await text("#rate-say"), /still falls/);
      const after = Number(/loss ([^;]+);/.exec(await text("#walks li"))[1].replace("−", "-"));
      assert(after < before, `${model}: ${after}, not below ${before}`);
    }
    await page.fill("#rate", "0.5");
    assert.equal(await text("#rate-say"), "");
    await page.click("[data-way=gradient]");
    assert.equal(await page.inputValue("#rate"), "0.5");
  },

  async "a derivation is read from the loss to one observation to all"() {
    for (const loss of ["model=logistic", "model=softmax", "model=network"]) {
      await open(loss);
      await page.waitForSelector("#steps tr");
      const titles = await page.$$eval("#steps h3", (all) => all.map((title) => title.textContent));
      assert.deepEqual(titles, ["The loss", "Letters", "One observation", "All observations"]);
      const boxes = await page.$$eval("#steps > div", (all) => all.map((part) => { const { x, y } = part.getBoundingClientRect(); return [y, x]; }));
      // Row by row, from left to right.
      const sorted = boxes.toSorted(([a, b], [c, d]) => Math.abs(a - c) > 4 ? a - c : b - d);
      assert.deepEqual(boxes, sorted, loss);
    }
  },

  async "the tape's table names what each node is of"() {
    await open("model=squares");
    const rows = await page.$$eval("#tape tbody tr", (all) => all.map((row) => [...row.children].slice(0, 3).map((cell) => cell.textContent)));
    const number = (name) => rows.find(([, operation]) => operation.endsWith(` ${name}`))[0];
    assert(rows.some(([, operation, of]) => operation === "linear mu" && of === `${number("X")} X, ${number("theta")} theta`), JSON.stringify(rows));
    assert(rows.some(([, operation, of]) => operation === "sub" && of === `${number("y")} y, ${number("mu")} mu`), JSON.stringify(rows));
    // What is said of a loss that is no number leads to a row of the table.
    await open("text=sum(ln(X*theta))&theta=-1,0");
    const [, node, operation] = /look at (%\d+) (\S+) on the tape/.exec(await text("#trouble"));
    const row = await page.$$eval("#tape tbody tr", (all, node) => all.map((row) => [...row.children].map((cell) => cell.textContent)).find(([number]) => number === node), node);
    assert.equal(row[1], operation);
    assert.match(row[3], /NaN/);
  },

  async "losses without a number are drawn without complaints"() {
    for (const fragment of ["text=sum(ln(a))%20with%20a&theta=-1", "text=sum(1/a)%20with%20a&theta=0", "text=sum(exp(a))%20with%20a&theta=1000",
      "text=sum(sqrt(theta))%20with%20theta[2]&theta=0,1", "model=squares&points=1e9,1e9;-1e9,2", "model=poisson&theta=1e9,1e9",
      "model=logistic&theta=1e9,-1e9&zoom=1000", "text=1e300*a%20with%20a&theta=3", "text=0*a%20with%20a"]) {
      await open(fragment);
      for (const way of ["gradient", "newton", "lbfgs"]) await page.click(`[data-way=${way}]`);
      await page.waitForTimeout(200);
      assert.deepEqual(complaints, [], fragment);
    }
  },

  async "in the tails the naive loss breaks and the stable one does not"() {
    await open("model=logistic&points=1,0&theta=0,0");
    await page.waitForTimeout(300);
    const rows = await page.$$eval("#tail-rows tr", (all) => all.map((row) => [...row.children].map((cell) => cell.textContent)));
    const far = rows.find(([at]) => at === "100");
    assert.deepEqual(far.slice(1, 3), ["∞", "100"]);
    assert.equal(far[4], "1");
  },

  async "touching a node lights its row, its box and its part of the text"() {
    await open("model=logistic");
    await page.waitForTimeout(200);
    await page.hover("#tape tbody tr:nth-child(4)");
    assert.equal(await page.locator("#tape-picture g.lit").count(), 1);
    assert.match(await text("#loss-marks .lit"), /\S/);
    assert.match(await text("#tape-lit"), /%\d+ .* = .*∂loss/);
    assert.match(await text("#steps tr.lit"), /η/);
    await page.hover("#steps tr[data-node]");
    assert.equal(await page.locator("#tape-picture g.lit").count(), 1);
    await picture("lit");
  },

  async "the boxes of the tape show primals and adjoints as they change"() {
    await open("model=squares&theta=0.5,1");
    const lines = () => page.$$eval("#tape-picture g text", (all) => all.map((line) => line.textContent).filter((line) => /^[=∂] /.test(line)));
    const before = await lines();
    const rows = await page.locator("#tape tbody tr").count();
    assert.equal(before.filter((line) => line.startsWith("∂")).length, rows);
    await page.fill("#parameters input[type=number]", "-2");
    await page.waitForTimeout(150);
    assert.notDeepEqual(await lines(), before);
    assert.match((await lines()).join(";"), /= −2, 1;/);
    const wide = await page.$$eval("#tape-picture g", (boxes) => boxes.filter((box) => box.querySelector(":scope > rect")
      && [...box.querySelectorAll("text")].some((line) => line.getComputedTextLength() > box.querySelector("rect").getBBox().width)).length);
    assert.equal(wide, 0);
  },

  async "nothing of the tables is cut off, and the plots let a finger scroll"() {
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 900 });
      for (const model of ["logistic", "softmax", "network"]) {
        await open(`model=${model}`);
        const cut = await page.$$eval("#tape, #parameters", (tables) => tables.map((table) => table.closest(".scroll")).filter((box) => box.scrollWidth > box.clientWidth + 1).length);
        assert.equal(cut, 0, `${model} at ${width}`);
      }
      for (const plot of ["#data-plot", "#surface-plot"]) assert.equal(await page.$eval(plot, (node) => getComputedStyle(node).touchAction), "pan-y");
      // The words of a choice stand beside its button.
      const [button, label] = await page.$$eval("[data-exercise=zero] label:nth-child(2)", ([label]) => {
        const range = document.createRange();
        range.selectNodeContents(label.lastChild);
        return [label.querySelector("input").getBoundingClientRect().right, range.getBoundingClientRect().left];
      });
      assert(button < label, `${button} ${label}`);
    }
    await page.setViewportSize({ width: 1280, height: 900 });
    // A finger beside θ leaves it where it is, and a tap moves it.
    const touching = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    const phone = await touching.newPage();
    await phone.goto(`${address}#model=squares&theta=0.5,1`);
    await phone.waitForSelector("body[data-ready]");
    const plot = phone.locator("#surface-plot");
    await plot.scrollIntoViewIfNeeded();
    const box = await plot.boundingBox();
    const loss = () => phone.textContent("#loss-value");
    const before = await loss();
    const fire = (type, x, y) => plot.evaluate((node, [type, x, y]) => node.dispatchEvent(new PointerEvent(type, { pointerType: "touch", pointerId: 1, clientX: x, clientY: y, bubbles: true })), [type, x, y]);
    await fire("pointerdown", box.x + 20, box.y + 20);
    await fire("pointermove", box.x + 20, box.y + 90);
    assert.equal(await loss(), before);
    await plot.tap({ position: { x: 40, y: 40 } });
    assert.notEqual(await loss(), before);
    await touching.close();
  },

  async "notes of derivations are read as a whole, however narrow the page"() {
    for (const width of [320, 360, 390, 760, 1024, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      for (const fragment of ["model=logistic", "model=huber", "model=softmax", "model=network", "text=sum(max(y - X*theta, X*theta - y) + max(theta[0]*x, y))"]) {
        await open(fragment);
        await page.waitForSelector("#steps .note:not(:empty)");
        const notes = await page.$$eval("#steps .note", (notes) => notes.filter((note) => note.textContent).map((note) => {
          const range = document.createRange();
          range.selectNodeContents(note);
          const { left, right } = range.getBoundingClientRect();
          const box = note.closest(".scroll").getBoundingClientRect();
          return { text: note.textContent, left: left - box.left, right: box.right - right };
        }));
        assert(notes.length > 0, fragment);
        if (width < 760) for (const { text, left, right } of notes) assert(left >= 0 && right >= 0, `${fragment} at ${width}: ${text} ${left} ${right}`);
      }
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  },

  async "the way back leads to the model that was seen before"() {
    await open("model=logistic&theta=0.4,1");
    await page.click("[data-model=poisson]");
    await page.fill("#parameters input[type=number]", "0.75");
    await page.click("[data-model=squares]");
    await page.click("[data-model=squares]");
    const chosen = async (model) => {
      await page.waitForSelector(`[data-model=${model}][aria-pressed=true]`);
      return page.inputValue("#parameters input[type=number]");
    };
    await chosen("squares");
    await page.goBack();
    assert.equal(await chosen("poisson"), "0.75");
    await page.goBack();
    assert.equal(await chosen("logistic"), "0.4");
    await page.goForward();
    assert.equal(await chosen("poisson"), "0.75");
  },

  async "what takes long says so, and is computed when it is asked for"() {
    await open("model=squares");
    await page.waitForTimeout(200);
    // A loss that takes 30 ms.
    const slow = async (isSlow) => {
      await page.evaluate((isSlow) => {
        performance.real ??= performance.now.bind(performance);
        let calls = 0;
        performance.now = isSlow ? () => performance.real() + 30 * (calls += 1) : performance.real;
      }, isSlow);
      await page.fill("#parameters input[type=number]", isSlow ? "0.25" : "0.5");
      await page.waitForTimeout(200);
    };
    await slow(true);
    for (const section of ["#check", "#tails"]) {
      assert(await page.isVisible(`${section} h2`), section);
      assert.match(await text(`${section} .slow`), /takes \d+ ms/);
      assert(!await page.isVisible(`${section} table`));
      await page.click(`${section} .slow button`);
      assert(await page.isVisible(`${section} table`));
      assert.equal(await page.locator(`${section} .slow`).count(), 0);
      assert((await page.locator(`${section} tbody tr`).count()) > 1);
    }
    await slow(false);
    for (const section of ["#check", "#tails"]) assert(await page.isVisible(`${section} table`), section);
  },

  async "exercises check their answers"() {
    await page.click("[data-exercise=infinity] button:first-of-type");
    await page.fill("[data-exercise=infinity] input", "36");
    await page.click("[data-exercise=infinity] button:last-of-type");
    assert.match(await text("[data-exercise=infinity] .outcome"), /✗/);
    await page.fill("[data-exercise=infinity] input", "37");
    await page.click("[data-exercise=infinity] button:last-of-type");
    assert.match(await text("[data-exercise=infinity] .outcome"), /✓/);
    await see();
  },

  async "axes have a few ticks with different numbers, whatever they reach from and to"() {
    const few = (low, high) => {
      const marks = ticks([low, high]);
      assert(marks.length >= 1 && marks.length <= 8, `${low} to ${high}: ${marks.length} ticks`);
      assert.equal(new Set(labels(marks)).size, marks.length, `${low} to ${high}: ${labels(marks)}`);
    };
    const ends = [0, 1, 2, -3, 1 + 2 ** -52, 2 - 1e-6, 1e6, 1e6 + 10, 1e9 + 1, 1e16, 1e300, -1e300, 1.7e308, -1.7e308, 5e-324, 1e-310, NaN, Infinity, -Infinity];
    for (const low of ends) for (const high of ends) few(low, high);
    for (let power = 0; power > -17; power -= 0.25) few(1 - 10 ** power, 1 + 10 ** power);
    assert.deepEqual(labels(ticks([0, 1])), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
  },

  async "losses that are constant up to rounding have a picture"() {
    for (const loss of ["sin(a)^2+cos(a)^2 with a", "(a^2+1) - (a-1)*(a+1) with a", "sigmoid(a)+sigmoid(-a) with a", "sin(a)^2+cos(b)^2+cos(a)^2+sin(b)^2 with a, b"]) {
      await open(`model=logistic&points=0,0&text=${encodeURIComponent(loss)}`);
      for (const button of ["#zoom-in", "#zoom-out", "#zoom-out"]) await page.click(button);
      await page.waitForTimeout(100);
      const marks = await page.$$eval("#surface-plot text", (all) => all.map((mark) => mark.textContent));
      assert(marks.length > 4, `${loss}: ${marks}`);
    }
  },

  async "dark, light and the width of a phone"() {
    await open("model=logistic&n=60&theta=0.4,1.1");
    for (const way of ["gradient", "newton", "lbfgs"]) await page.click(`[data-way=${way}]`);
    await page.waitForTimeout(300);
    await picture("light");
    const paint = () => page.$eval("#tape-picture rect.operation", (box) => getComputedStyle(box).fill);
    const light = await paint();
    await page.click("#theme");
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
    assert.notEqual(await paint(), light);
    await page.waitForTimeout(200);
    await picture("dark");
    await page.setViewportSize({ width: 390, height: 844 });
    await page.waitForTimeout(200);
    await picture("phone-dark");
    await page.click("#theme");
    await page.waitForTimeout(200);
    await picture("phone-light");
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (overflow > 0) console.log(await page.$$eval("body *", (all) => all.filter((node) => node.getBoundingClientRect().right > innerWidth + 1).map((node) => node.tagName + "#" + node.id + "." + node.className).slice(0, 12)));
    assert(overflow <= 0, `${overflow} pixels too wide`);
    // The first picture is on the first screen, and the chosen model in its row.
    await page.click("[data-model=network]");
    await page.evaluate(() => scrollTo(0, 0));
    const [plot, chosen] = [await page.locator("#data-plot").boundingBox(), await page.locator("[data-model=network]").boundingBox()];
    assert(plot.y + plot.height <= 844, `the data end at ${plot.y + plot.height}`);
    assert(chosen.x >= 0 && chosen.x + chosen.width <= 390, `the chosen model stands at ${chosen.x}`);
    await page.setViewportSize({ width: 1280, height: 900 });
  },
};

let failures = 0;
for (const [name, test] of Object.entries(tests)) {
  try {
    await test();
    console.log(`ok      ${name}`);
  } catch (error) {
    failures += 1;
    console.log(`FAILED  ${name}\n${error.stack}`);
  }
}
if (complaints.length) {
  failures += 1;
  console.log("FAILED  the page complains of nothing and asks nobody", complaints);
}

if (process.env.NATIVE) {
  const lines = execFileSync(process.env.NATIVE, seen.map(({ fragment }) => fragment), { encoding: "utf8", maxBuffer: 1 << 28 }).trim().split("\n");
  const different = lines.map(JSON.parse).flatMap(({ results }, place) => {
    const { fragment, loss, gradient } = seen[place];
    const native = [results.loss, ...results.gradient].map(Number);
    const numbers = [loss, ...gradient].map(Number);
    return numbers.every((x, at) => Object.is(x, native[at]) || x === native[at]) ? [] : [{ fragment, numbers, native }];
  });
  failures += different.length ? 1 : 0;
  console.log(different.length ? "FAILED " : "ok     ", `the numbers of ${seen.length} addresses are the native engine's to the last digit`, different);
}
await browser.close();
server.close();
process.exit(failures ? 1 : 0);
