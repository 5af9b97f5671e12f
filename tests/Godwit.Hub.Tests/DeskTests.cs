using Godwit.Contracts;
using Godwit.Contracts.Own;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Godwit.Hub.Destinations;
using Godwit.Hub.Migrations;
using Godwit.Hub.Notifications;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>Pages ask in this process, by the same rules as the API.</summary>
[Requirement("B12")]
public sealed class DeskTests
{
    private const string Address = "203.0.113.9";
    private static CancellationToken Cancellation => TestHub.Cancellation;

    [Fact]
    public async Task A_page_may_ask_what_the_persons_roles_allow_and_nothing_else()
    {
        await using var stage = await TestMigration.StartAsync();
        var id = await stage.CreateAsync();
        var viewer = new Caller(CallerKind.Person, ObjectIds.New(stage.Hub.Time), "viewer");
        await stage.Hub.GrantAsync(viewer, stage.Owner, Role.MigrationViewer);
        (
            await AskAsync<MigrationDesk, string>(
                stage,
                viewer,
                async (desk, scope) => await StatusAsync(desk, scope, id)
            )
        ).ShouldBe("NEW");
        var refused = await Should.ThrowAsync<Refusal>(
            AskAsync<MigrationDesk, MigrationView>(
                stage,
                viewer,
                (desk, scope) => desk.CancelAsync(scope, id, Cancellation)
            )
        );
        refused.Status.ShouldBe(403);
        var target = new NotificationTargetRequest("EMAIL", "a@example.com", null);
        await Should.ThrowAsync<Refusal>(
            AskAsync<NotificationDesk, NotificationTargetResource>(
                stage,
                viewer,
                (desk, scope) => desk.AddAsync(scope, target, Cancellation)
            )
        );
        var stranger = viewer with { Id = ObjectIds.New(stage.Hub.Time) };
        var unseen = await Should.ThrowAsync<Refusal>(
            AskAsync<ClusterDesk, ClusterResource>(
                stage,
                stranger,
                (desk, scope) => desk.GetAsync(scope, "shop-cloud", Cancellation)
            )
        );
        unseen.Status.ShouldBe(404);
    }

    [Fact]
    public async Task What_a_page_did_stands_in_the_audit_log_with_the_person_and_their_address()
    {
        await using var stage = await TestMigration.StartAsync();
        var id = await stage.CreateAsync();
        var operating = new Caller(CallerKind.Person, ObjectIds.New(stage.Hub.Time), "operator");
        await stage.Hub.GrantAsync(operating, stage.Owner, Role.MigrationOperator);
        await AskAsync<MigrationDesk, MigrationView>(
            stage,
            operating,
            (desk, scope) => desk.CancelAsync(scope, id, Cancellation)
        );
        var events = await AskAsync<EventDesk, IReadOnlyList<EventResource>>(
            stage,
            operating,
            async (desk, scope) => (await desk.OfProjectAsync(scope, new(), Cancellation)).Results
        );
        events.ShouldContain(one => one.ActorName == "operator" && one.RemoteAddress == Address);
    }

    private static async Task<string> StatusAsync(MigrationDesk desk, Scope scope, string id) =>
        (await desk.GetAsync(scope, id, Cancellation)).ToOwn().Status;

    private static Task<TAnswer> AskAsync<TDesk, TAnswer>(
        TestMigration stage,
        Caller caller,
        Func<TDesk, Scope, Task<TAnswer>> ask
    )
        where TDesk : notnull =>
        stage.Hub.Service<Desks>().OfProjectAsync(caller, Address, stage.Owner.ProjectId, ask, Cancellation);
}
