//! Exercises and their answers.

use playground::exercises;
use playground::session::Session;

#[test]
fn exercises_are_wrong_before_and_right_after() {
    let solve = |id: &str, answer: &str, act: &dyn Fn(&mut Session)| {
        let exercise = exercises::EXERCISES.iter().find(|exercise| exercise.id == id).unwrap();
        let mut session = Session::new(exercise.fragment);
        assert_eq!(session.mistake(), None, "{id}");
        let before = exercises::check(id, "2", &mut session);
        assert!(!before.right && !before.message.is_empty(), "{id}: {}", before.message);
        act(&mut session);
        let after = exercises::check(id, answer, &mut session);
        assert!(after.right, "{id}: {}", after.message);
    };
    solve("minimum", "", &|session| {
        let walk = session.walk("newton", 0.0).unwrap();
        (0..2).for_each(|place| session.set_theta(place, walk.points.last().unwrap()[place].0));
    });
    solve("zero", "1", &|_| {});
    solve("infinity", "37", &|_| {});
    solve("steps", "1", &|_| {});
    solve("separate", "", &|session| session.move_point(2, 0.8, 1.0));
    solve("ridge", "", &|session| {
        let text = session.state().text.replace("\n", " + 0.5*sum(theta*theta)\n");
        session.set_text(&text);
    });
    solve("huber", "", &|session| session.set_text("sum(if(r <= 2, r*r/2, 2*(r - 1))) where r = |y - X*theta|"));
    assert!(!exercises::check("none", "", &mut Session::new("")).right);
    assert!(!exercises::check("infinity", "many", &mut Session::new("")).right);
}

/// What is asked of a loss, another doesn't answer: a constant has its gradient 0 everywhere, and `-theta[0]` no minimum.
#[test]
fn exercises_about_a_loss_are_not_answered_by_another() {
    for (id, answers) in [("minimum", &[""][..]), ("zero", &["1"]), ("steps", &["0", "1", "2"]), ("separate", &[""])] {
        let exercise = exercises::EXERCISES.iter().find(|exercise| exercise.id == id).unwrap();
        for text in
            ["5", "0*sum(theta)", "-theta[0]", "sum(theta^2)", "sum((y - x*a)^2) with a", "sum(y*", "1e-9*sum(y)"]
        {
            let mut session = Session::new(exercise.fragment);
            session.set_text(text);
            for answer in answers {
                let outcome = exercises::check(id, answer, &mut session);
                assert!(!outcome.right && !outcome.message.is_empty(), "{id} of {text}: {}", outcome.message);
            }
        }
    }
    // The same loss written otherwise does.
    let mut session = Session::new("model=logistic");
    session.set_text("sum(softplus(eta) - y*eta) where eta = theta[0] + theta[1]*x");
    let walk = session.walk("newton", 0.0).unwrap();
    (0..2).for_each(|place| session.set_theta(place, walk.points.last().unwrap()[place].0));
    assert!(exercises::check("minimum", "", &mut session).right);
}
