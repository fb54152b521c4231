using Registry.Certificates;
using Registry.Http;

namespace Registry.Demo;

/// <summary>Fills the demo's file once and prints where to look.</summary>
public static class DemoGuide
{
    public static async Task Prepare(WebApplication app)
    {
        await Task.CompletedTask;
    }
}
