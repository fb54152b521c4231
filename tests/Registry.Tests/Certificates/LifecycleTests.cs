using Registry.Certificates;

namespace Registry.Tests.Certificates;

public sealed class LifecycleTests
{
    private const string Ok = "";
    private static readonly Certificate fresh = new()
    {
        Id = "X",
        Seq = 7,
        LastSeq = 7,
        DecidedBy = new(7, default),
        Body = "CNCA-R-2099-901",
        Content = Samples.Content with { IssuedOn = D("2023-03-01"), ExpiresOn = D("2026-02-28"), FirstIssuedOn = null, SurveyedOn = null },
    };
    private static readonly Certificate suspended = fresh with { Suspensions = [new() { On = D("2024-01-10"), Until = D("2024-04-09") }] };

    [Theory]
    //                               correct          suspend              restore            revoke           cancel
    [InlineData(Status.Valid, Ok, Ok, "not-suspended", Ok, Ok)]
    [InlineData(Status.Suspended, Ok, "already-suspended", Ok, Ok, Ok)]
    [InlineData(Status.Revoked, "already-ended", "already-ended", "already-ended", "already-ended", "already-ended")]
    [InlineData(Status.Cancelled, "already-ended", "already-ended", "already-ended", "already-ended", "already-ended")]
    [InlineData(Status.Expired, Ok, "has-expired", "has-expired", Ok, Ok)]
    [InlineData(Status.NotYetValid, Ok, "not-yet-in-force", "not-yet-in-force", Ok, Ok)]
    public void The_transition_table_cell_by_cell(Status status, string correct, string suspend, string restore, string revoke, string cancel) =>
        Assert.Equal([correct, suspend, restore, revoke, cancel],
            ((Act[])[Act.Correct, Act.Suspend, Act.Restore, Act.Revoke, Act.Cancel]).Select(act => Lifecycle.Allows(status, act)?.Code ?? Ok));

    [Fact]
    public void The_table_has_no_other_rows_or_columns() => Assert.Equal((6, 5), (Statuses.All.Length, Enum.GetValues<Act>().Length));

    /// <summary>Every act with effect on the day it is recorded. Issued 2023-03-01, last valid day 2026-02-28.</summary>
    [Theory]
    [InlineData("fresh", "2023-02-28", Ok, "not-yet-in-force", "not-yet-in-force", Ok, Ok)]
    [InlineData("fresh", "2023-03-01", Ok, Ok, "not-suspended", Ok, Ok)]
    [InlineData("fresh", "2026-02-27", Ok, Ok, "not-suspended", Ok, Ok)]
    [InlineData("fresh", "2026-02-28", Ok, Ok, "not-suspended", Ok, Ok)]
    [InlineData("fresh", "2026-03-01", Ok, "has-expired", "has-expired", "effect-after-expiry", "effect-after-expiry")]
    [InlineData("suspended", "2024-01-10", Ok, "already-suspended", Ok, Ok, Ok)]
    [InlineData("suspended", "2024-04-10", Ok, "already-suspended", Ok, Ok, Ok)] // overdue is still suspended
    [InlineData("suspended", "2026-02-28", Ok, "already-suspended", Ok, Ok, Ok)]
    [InlineData("suspended", "2026-03-01", Ok, "has-expired", "has-expired", "effect-after-expiry", "effect-after-expiry")]
    [InlineData("revoked", "2026-02-28", "already-ended", "already-ended", "already-ended", "already-ended", "already-ended")]
    [InlineData("revoked", "2026-03-01", "already-ended", "already-ended", "already-ended", "already-ended", "already-ended")]
    [InlineData("cancelled", "2026-02-28", "already-ended", "already-ended", "already-ended", "already-ended", "already-ended")]
    [InlineData("cancelled", "2026-03-01", "already-ended", "already-ended", "already-ended", "already-ended", "already-ended")]
    public void Decided_before_on_and_after_the_last_day(string state, string today, string correct, string suspend, string restore, string revoke, string cancel)
    {
        var certificate = state switch
        {
            "fresh" => fresh,
            "suspended" => suspended,
            "revoked" => Ended(Status.Revoked, "2025-01-01"),
            _ => Ended(Status.Cancelled, "2025-01-01"),
        };
        Assert.Equal([correct, suspend, restore, revoke, cancel], Acts(today).Select(act => Lifecycle.Decide(certificate, act, D(today))?.Refusal.Code ?? Ok));
    }

    [Theory]
    [InlineData("fresh", "revoke", "2025-06-02", "2025-06-01", "effect-in-future")]
    [InlineData("fresh", "correct", "2025-06-02", "2025-06-01", "effect-in-future")]
    [InlineData("fresh", "suspend", "2023-03-01", "2025-06-01", Ok)]
    [InlineData("fresh", "suspend", "2023-02-28", "2025-06-01", "effect-before-issue")]
    [InlineData("fresh", "correct", "2023-02-28", "2025-06-01", "effect-before-issue")]
    [InlineData("fresh", "cancel", "2023-02-27", "2023-02-28", Ok)] // before it is in force it can be ended at once
    [InlineData("fresh", "revoke", "2026-02-28", "2026-06-01", Ok)] // recorded late, with an effect that still matters
    [InlineData("fresh", "revoke", "2026-03-01", "2026-06-01", "effect-after-expiry")]
    [InlineData("fresh", "correct", "2026-03-01", "2026-06-01", Ok)]
    [InlineData("suspended", "restore", "2024-01-10", "2025-06-01", Ok)]
    [InlineData("suspended", "restore", "2024-01-09", "2025-06-01", "effect-before-suspension")]
    [InlineData("suspended", "revoke", "2023-06-01", "2025-06-01", Ok)]
    public void The_day_of_effect(string state, string act, string effect, string today, string code)
    {
        var fault = Lifecycle.Decide(state == "fresh" ? fresh : suspended, Acts(effect).Single(a => a.GetType().Name.Equals(act, StringComparison.OrdinalIgnoreCase)), D(today));
        Assert.Equal((code, code == Ok ? null : "/effectiveOn"), (fault?.Refusal.Code ?? Ok, fault?.Pointer));
    }

    [Fact]
    public void A_suspension_ends_no_earlier_than_it_begins()
    {
        Suspend Until(string until) => new() { Body = "B", Certificate = "X", EffectiveOn = D("2025-06-01"), Until = D(until) };
        Assert.Null(Lifecycle.Decide(fresh, Until("2025-06-01"), D("2025-06-01")));
        var fault = Lifecycle.Decide(fresh, Until("2025-05-31"), D("2025-06-01"))!;
        Assert.Equal((Refusal.UntilBeforeEffect, "/until"), (fault.Refusal, fault.Pointer));
    }

    [Theory]
    [InlineData("00114e22766r2l / 3502", Ok)] // another spelling of the same number
    [InlineData("00114E22766R2L/3503", "number-fixed")]
    public void A_correction_keeps_the_number(string number, string code) => Assert.Equal(code,
        Lifecycle.Decide(fresh, new Correct { Body = "B", Certificate = "X", EffectiveOn = D("2025-06-01"), Content = fresh.Content with { Number = number } }, D("2025-06-01"))?.Refusal.Code ?? Ok);

    [Theory]
    [InlineData("2023-02-28", Status.NotYetValid)]
    [InlineData("2023-03-01", Status.Valid)]
    [InlineData("2024-01-09", Status.Valid)]
    [InlineData("2024-01-10", Status.Suspended)]
    [InlineData("2024-02-29", Status.Suspended)]
    [InlineData("2024-03-01", Status.Valid)] // restored: the day it is lifted is valid
    [InlineData("2024-12-31", Status.Valid)]
    [InlineData("2025-01-01", Status.Suspended)]
    [InlineData("2025-07-01", Status.Suspended)] // past its announced end, not restored
    [InlineData("2025-08-31", Status.Suspended)]
    [InlineData("2025-09-01", Status.Revoked)]
    [InlineData("2026-02-28", Status.Revoked)]
    [InlineData("2026-03-01", Status.Revoked)] // final: expiry does not turn it
    public void The_whole_of_a_life(string day, Status status) => Assert.Equal(status, Lifecycle.StatusOn(Ended(Status.Revoked, "2025-09-01") with
    {
        Suspensions = [new() { On = D("2024-01-10"), RestoredOn = D("2024-03-01") }, new() { On = D("2025-01-01"), Until = D("2025-06-30") }],
    }, D(day)));

    [Theory]
    [InlineData("2026-02-28", Status.Valid)]
    [InlineData("2026-03-01", Status.Expired)]
    public void The_last_day_is_valid(string day, Status status) => Assert.Equal(status, Lifecycle.StatusOn(fresh, D(day)));

    [Theory]
    [InlineData("2026-02-28", Status.Suspended)]
    [InlineData("2026-03-01", Status.Expired)]
    public void A_suspended_certificate_expires(string day, Status status) => Assert.Equal(status, Lifecycle.StatusOn(suspended, D(day)));

    [Theory]
    [InlineData("2023-01-31", Status.NotYetValid)]
    [InlineData("2023-02-01", Status.Cancelled)]
    [InlineData("2023-03-01", Status.Cancelled)]
    public void One_can_end_before_it_began(string day, Status status) => Assert.Equal(status, Lifecycle.StatusOn(Ended(Status.Cancelled, "2023-02-01"), D(day)));

    [Fact]
    public void A_suspension_restored_on_its_first_day_never_was() =>
        Assert.Equal(Status.Valid, Lifecycle.StatusOn(fresh with { Suspensions = [new() { On = D("2024-01-10"), RestoredOn = D("2024-01-10") }] }, D("2024-01-10")));

    // A life in the log: each statement with the day it takes effect and the instant it was recorded.
    private static readonly (long, Statement)[] life =
    [
        (7, new Issue { Body = "B", RecordedAt = At("2023-03-01"), Certificate = fresh.Content }),
        (9, new Suspend { Body = "B", RecordedAt = At("2024-01-12"), Certificate = "X", EffectiveOn = D("2024-01-10"), Reason = Reason.Misuse }),
        (12, new Restore { Body = "B", RecordedAt = At("2024-03-01"), Certificate = "X", EffectiveOn = D("2024-03-01") }),
        (13, new Correct { Body = "B", RecordedAt = At("2024-06-01"), Certificate = "X", EffectiveOn = D("2024-05-01"), Content = fresh.Content with { Level = "three-star" } }),
        (20, new Revoke { Body = "B", RecordedAt = At("2025-09-10"), Certificate = "X", EffectiveOn = D("2025-08-01"), Reason = Reason.Nonconformity }),
    ];

    [Theory]
    // on, known at, status, level
    [InlineData("2024-01-11", null, Status.Suspended, "five-star")]
    [InlineData("2024-01-11", "2024-01-11", Status.Valid, "five-star")] // the suspension was recorded a day later
    [InlineData("2024-04-30", null, Status.Valid, "five-star")]
    [InlineData("2024-05-01", null, Status.Valid, "three-star")]
    [InlineData("2024-05-01", "2024-05-31", Status.Valid, "five-star")]
    [InlineData("2024-05-01", "2024-06-01", Status.Valid, "three-star")]
    [InlineData("2025-07-31", null, Status.Valid, "three-star")]
    [InlineData("2025-08-01", null, Status.Revoked, "three-star")]
    [InlineData("2025-08-01", "2025-09-09", Status.Valid, "three-star")] // back-dated: what was said before stays to be seen
    [InlineData("2025-08-01", "2025-09-10", Status.Revoked, "three-star")]
    [InlineData("2024-02-01", "2024-02-15", Status.Suspended, "five-star")]
    [InlineData("2024-03-02", "2024-02-15", Status.Suspended, "five-star")]
    public void Effect_and_recording_are_two_times(string on, string? knownAt, Status status, string level)
    {
        var certificate = Lifecycle.Replay("X", life, D(on), knownAt is null ? null : At(knownAt))!;
        Assert.Equal((status, level), (Lifecycle.StatusOn(certificate, D(on)), certificate.Content.Level));
    }

    [Fact]
    public void Nothing_is_known_before_the_issue_was_recorded()
    {
        Assert.Null(Lifecycle.Replay("X", life, knownAt: At("2023-03-01").AddMilliseconds(-1)));
        Assert.NotNull(Lifecycle.Replay("X", life, knownAt: At("2023-03-01")));
    }

    [Fact]
    public void Replayed_it_holds_all_that_was_stated()
    {
        var certificate = Lifecycle.Replay("X", life)!;
        Assert.Equal(("X", 7, 20), (certificate.Id, certificate.Seq, certificate.LastSeq));
        Assert.Equal(new Suspension { On = D("2024-01-10"), Reason = Reason.Misuse, RestoredOn = D("2024-03-01") }, Assert.Single(certificate.Suspensions));
        Assert.Equal(new Ending { As = Status.Revoked, On = D("2025-08-01"), Reason = Reason.Nonconformity, RecordedAt = At("2025-09-10") }, certificate.Ending);
    }

    private static DateOnly D(string day) => DateOnly.ParseExact(day, "O");

    /// <summary>Noon of a day in Shanghai.</summary>
    private static DateTimeOffset At(string day) => new(D(day), new TimeOnly(12, 0), TimeSpan.FromHours(8));

    private static Certificate Ended(Status status, string on) => fresh with { Ending = new() { As = status, On = D(on) } };

    private static Amendment[] Acts(string effect) =>
    [
        new Correct { Body = "B", Certificate = "X", EffectiveOn = D(effect), Content = fresh.Content },
        new Suspend { Body = "B", Certificate = "X", EffectiveOn = D(effect) },
        new Restore { Body = "B", Certificate = "X", EffectiveOn = D(effect) },
        new Revoke { Body = "B", Certificate = "X", EffectiveOn = D(effect) },
        new Cancel { Body = "B", Certificate = "X", EffectiveOn = D(effect) },
    ];
}
